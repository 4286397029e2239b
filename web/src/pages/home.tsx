import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { protectionQuery } from '../api/places';
import { meQuery, tasksQuery } from '../api/queries';
import { may } from '../api/rights';
import type { Protection, Task } from '../api/types';
import { ago } from '../format';
import { t } from '../text';
import { Dot, Empty, ErrorBox, PageHead, Panel, RowSkeletons } from '../ui/bits';
import { Icon } from '../ui/icons';
import { ProtectionRow } from '../ui/protection';
import { TaskRow } from './activity';
import { AdoptButton } from './environment-forms';

const day = 86_400_000;
const order = { unprotected: 0, at_risk: 1, protected: 2 };

// Answers in two seconds whether everything is protected, and what is not.
function Verdict({ all }: { all: Protection[] }) {
  const me = useQuery(meQuery).data;
  const open = all.filter((one) => one.state !== 'protected');
  const oldest = all.map((one) => one.last_verified_backup?.created_at ?? '').sort()[0];
  return (
    <section className={open.length ? 'card card-attention' : 'card card-good'} role="status">
      <h2>
        <Icon name={open.length ? 'warn' : 'shield'} size={24} />{' '}
        {open.length ? t.home.notProtected(open.length, all.length) : t.home.allProtected(all.length)}
      </h2>
      {open.length === 0 && oldest && <p className="quiet">{t.home.since(ago(oldest))}</p>}
      {open.length > 0 && (
        <ul className="points">
          {open.map((one) => (
            <li key={one.environment_id}>
              <Link to="/environments/$id" params={{ id: one.environment_id }}>
                {one.environment_name}
              </Link>
              : <span lang="en">{one.reasons.join('; ')}</span>
            </li>
          ))}
        </ul>
      )}
      {open.some((one) => one.schedules === 0) && may(me, 'project.schedules.manage') && (
        <div className="card-actions">
          <Button component={Link} to="/schedules" variant="default" size="xs" leftSection={<Icon name="schedules" size={16} />}>
            {t.schedules.add}
          </Button>
        </div>
      )}
    </section>
  );
}

function Tasks({ title, tasks, none, aside }: { title: string; tasks: Task[]; none: string; aside?: string | false }) {
  return (
    <Panel title={title} aside={aside && <span className="quiet">{aside}</span>}>
      {tasks.length ? (
        <ul className="rows">
          {tasks.map((task) => (
            <TaskRow key={task.id} task={task} />
          ))}
        </ul>
      ) : (
        <Dot tone="quiet">{none}</Dot>
      )}
    </Panel>
  );
}

export function Home() {
  const found = useQuery(protectionQuery);
  const tasks = useInfiniteQuery(tasksQuery({})).data?.pages[0]?.items ?? [];
  if (found.error && !found.data) return <ErrorBox error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <RowSkeletons />;
  if (found.data.length === 0) {
    return (
      <>
        <PageHead title={t.home.title} />
        <Empty icon="shield" title={t.home.welcome} text={t.home.welcomeText}>
          <AdoptButton />
        </Empty>
      </>
    );
  }
  const all = [...found.data].sort((one, other) => order[one.state] - order[other.state] || one.environment_name.localeCompare(other.environment_name));
  const running = tasks.filter((task) => task.status === 'running' || task.status === 'queued');
  const recent = tasks.filter((task) => !running.includes(task) && Date.now() - Date.parse(task.created_at) < day);
  return (
    <>
      <PageHead title={t.home.title} />
      <Verdict all={all} />
      {running.length > 0 && <Tasks title={t.home.running} tasks={running} none={t.home.nothingRuns} />}
      <Panel title={t.protection.title} aside={<Legend />}>
        <ul className="rows protections">
          {all.map((one) => (
            <ProtectionRow key={one.environment_id} one={one} />
          ))}
        </ul>
      </Panel>
      <Tasks aside={running.length === 0 && t.home.nothingRuns} title={t.home.lastDay} tasks={recent.slice(0, 8)} none={t.home.nothingHappened} />
    </>
  );
}

function Legend() {
  return (
    <span className="legend">
      {(['verified', 'made', 'missed', 'none'] as const).map((mark) => (
        <span key={mark}>
          <span className={`square square-${mark}`} aria-hidden="true" /> {t.protection.mark[mark]}
        </span>
      ))}
    </span>
  );
}
