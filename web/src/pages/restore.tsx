import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { backupQuery, environmentQuery } from '../api/queries';
import type { Backup, Environment, Restore, Task } from '../api/types';
import { moment } from '../format';
import { Curve } from '../restore/curve';
import { DoneCard } from '../restore/done-card';
import { FailedCard } from '../restore/failed-card';
import { isOver, useLiveRestore } from '../restore/live';
import { OdooLine } from '../restore/odoo-line';
import { ProgressCard } from '../restore/progress-card';
import { t } from '../text';
import { nameOf } from '../ui/backup-names';
import { Ago, Copy, Dot, Fact, PageHead, Panel, RowSkeletons, toneOf, useNow } from '../ui/bits';
import { linesByStep, TaskLog, TaskSteps } from '../ui/task-steps';
import { Trouble } from '../ui/trouble';

function useTabTitle(title: string) {
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = 'Reprise';
    };
  }, [title]);
}

interface Known {
  restore: Restore;
  task: Task | undefined;
  target: Environment | undefined;
  backup: Backup | undefined;
}

function Result({ restore, task, target, backup }: Known) {
  const safety = useQuery({ ...backupQuery(restore.pre_restore_backup_id ?? ''), enabled: Boolean(restore.pre_restore_backup_id) && isOver(restore) }).data;
  if (restore.status === 'completed') return <DoneCard restore={restore} target={target} safety={safety} />;
  if (restore.status === 'failed') return <FailedCard restore={restore} task={task} backup={backup} safety={safety} />;
  if (restore.status === 'cancelled') {
    return (
      <section className="card card-quiet" role="status">
        <h2>{restore.is_new_environment ? t.watch.cancelledNew : t.watch.cancelled}</h2>
      </section>
    );
  }
  return <ProgressCard restore={restore} task={task} />;
}

function About({ restore, target, backup }: Known) {
  return (
    <section className="panel">
      <dl className="facts">
        <Fact label={t.watch.from}>{backup ? <Link to="/backups" search={{ show: backup.id }}>{nameOf(backup)}</Link> : '…'}</Fact>
        <Fact label={t.watch.into}>
          {target ? (
            <Link to="/environments/$id" params={{ id: target.id }}>
              {target.name}
            </Link>
          ) : (
            '…'
          )}
        </Fact>
        <Fact label={t.watch.started}>{restore.started_at ? moment(restore.started_at) : '–'}</Fact>
      </dl>
      {restore.warnings.length > 0 && (
        <>
          <h3 className="field-label above">{t.watch.warnings}</h3>
          <ul className="points">
            {restore.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

export function RestorePage() {
  const { id } = useParams({ from: '/restores/$id' });
  const { restore, task, backup, lost, events } = useLiveRestore(id);
  const one = restore.data;
  const live = Boolean(one && !isOver(one));
  const now = useNow(1000, live);
  const target = useQuery({ ...environmentQuery(one?.target_environment_id ?? ''), enabled: Boolean(one?.target_environment_id) }).data;
  const name = target?.name ?? '…';
  const percent = one && live ? `${t.watch.percent(Math.floor(one.percent ?? 0))} · ` : '';
  useTabTitle(`${percent}${t.watch.title(name)}`);
  if (restore.error && !one) return <Trouble error={restore.error} onRetry={() => void restore.refetch()} />;
  if (!one) return <RowSkeletons />;
  const known: Known = { restore: one, task: task.data, target, backup };
  return (
    <>
      <PageHead
        title={t.watch.title(name)}
        about={
          <>
            <Dot tone={one.status === 'failed' ? 'attention' : (toneOf[one.status] ?? 'busy')}>{t.restoreStatus[one.status]}</Dot>
            <span>{t.modes[one.mode]}</span>
            <Ago at={one.started_at ?? one.created_at} />
            <Copy value={location.href} label={t.task.copyLink} />
          </>
        }
      />
      {lost && live && (
        <Alert color="orange" variant="light" mb="md" role="status">
          {t.watch.lost}
        </Alert>
      )}
      <div className="two">
        <Panel title={t.watch.steps}>
          <OdooLine restore={one} now={now} />
          <TaskSteps steps={one.steps} lines={linesByStep(events)} />
          {one.task_id && <TaskLog id={one.task_id} tick={task.dataUpdatedAt} />}
        </Panel>
        <div className="side">
          <Result {...known} />
          {backup && events.length > 0 && <Curve events={events} backup={backup} until={now} live={live} />}
          <About {...known} />
        </div>
      </div>
    </>
  );
}
