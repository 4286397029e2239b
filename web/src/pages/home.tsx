import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { backupsQuery, environmentsQuery, tasksQuery } from '../api/queries';
import { api, take } from '../api/client';
import { ago } from '../format';
import { t } from '../text';
import { Dot, Empty, ErrorBox, PageHead, Panel, RowSkeletons } from '../ui/bits';
import { TaskRow } from './activity';
import { AdoptButton } from './environments';

const day = 86_400_000;
const window = 26 * 3_600_000; // a night's backup, and some

export function Home() {
  const found = useQuery(environmentsQuery);
  const environments = (found.data ?? []).filter((one) => one.status !== 'deleted');
  const tasks = useInfiniteQuery(tasksQuery({})).data?.pages[0]?.items ?? [];
  const newest = useQueries({
    queries: environments.map((one) => ({
      queryKey: [...backupsQuery({}).queryKey, 'newest', one.id],
      queryFn: () => take(api.GET('/api/v1/backups', { params: { query: { environment_id: one.id, status: 'completed' as const, page_size: 20 } } })),
    })),
  });
  if (found.error) return <ErrorBox error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <RowSkeletons />;
  if (environments.length === 0) {
    return (
      <Empty icon="shield" title={t.home.welcome} text={t.home.welcomeText}>
        <AdoptButton />
      </Empty>
    );
  }
  const known = newest.every((one) => one.data);
  const rows = environments.map((environment, index) => ({ environment, last: newest[index]?.data?.items.find((one) => one.is_verified)?.created_at }));
  const open = rows.filter((row) => !row.last || Date.now() - Date.parse(row.last) > window);
  const oldest = rows.map((row) => row.last ?? '').sort()[0];
  const running = tasks.filter((task) => task.status === 'running' || task.status === 'queued');
  const recent = tasks.filter((task) => !running.includes(task) && Date.now() - Date.parse(task.created_at) < day);
  return (
    <>
      <PageHead title={t.home.title} />
      {known && (
        <section className={open.length ? 'card card-attention' : 'card card-good'} role="status">
          <h2>{open.length ? t.home.notProtected(open.length, rows.length) : t.home.allProtected(rows.length)}</h2>
          {open.length === 0 && oldest && <p>{t.home.since(ago(oldest))}</p>}
          {open.length > 0 && (
            <ul className="points">
              {open.map(({ environment, last }) => (
                <li key={environment.id}>
                  <Link to="/environments/$id" params={{ id: environment.id }}>
                    {environment.name}
                  </Link>{' '}
                  {last ? t.home.lastBackup(ago(last)) : t.home.noBackup}
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
      <Panel title={t.home.running}>
        {running.length ? (
          <ul className="rows">
            {running.map((task) => (
              <TaskRow key={task.id} task={task} />
            ))}
          </ul>
        ) : (
          <Dot tone="quiet">{t.home.nothingRuns}</Dot>
        )}
      </Panel>
      <Panel title={t.home.lastDay}>
        {recent.length ? (
          <ul className="rows">
            {recent.slice(0, 12).map((task) => (
              <TaskRow key={task.id} task={task} />
            ))}
          </ul>
        ) : (
          <Dot tone="quiet">{t.home.nothingHappened}</Dot>
        )}
      </Panel>
    </>
  );
}
