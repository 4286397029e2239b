import { Alert, Button, Progress, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { api, authHeaders, errorOf, take } from '../api/client';
import { backupQuery, environmentQuery, meQuery, queryClient, restoreQuery, taskQuery } from '../api/queries';
import { may } from '../api/rights';
import { follow, type StreamState } from '../api/stream';
import type { Restore, Task } from '../api/types';
import { duration, moment, secondsBetween } from '../format';
import { useRestore } from '../restore/provider';
import { t } from '../text';
import { nameOf } from '../ui/backup-list';
import { Ago, Dot, ErrorBox, Fact, PageHead, Panel, RowSkeletons, toneOf, useNow } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icons';
import { TaskLog, TaskSteps } from '../ui/task-steps';
import { toast, toastError } from '../ui/toast';

const over = (restore: Restore) => ['completed', 'failed', 'cancelled'].includes(restore.status);

// The restore and its task, asked for anew as the task's own events come in: they survive a reload and a broken line.
function useLiveRestore(id: string) {
  const restore = useQuery(restoreQuery(id));
  const taskId = restore.data?.task_id;
  const task = useQuery({ ...taskQuery(taskId ?? ''), enabled: Boolean(taskId) });
  const [state, setState] = useState<StreamState>('connecting');
  const pending = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (!taskId) return;
    const refresh = () => {
      pending.current ??= setTimeout(() => {
        pending.current = undefined;
        void queryClient.invalidateQueries({ queryKey: restoreQuery(id).queryKey });
        void queryClient.invalidateQueries({ queryKey: taskQuery(taskId).queryKey });
      }, 250);
    };
    return follow({ path: `/api/v1/tasks/${taskId}/events`, onEvent: refresh, onState: setState });
  }, [id, taskId]);
  return { restore, task, state };
}

function useTabTitle(title: string) {
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = 'Reprise';
    };
  }, [title]);
}

async function downloadProof(id: string) {
  const response = await fetch(`/api/v1/backups/restore/${id}/proof`, { headers: authHeaders() });
  if (!response.ok) throw await errorOf(response);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = `proof-${id}.json`;
  link.click();
}

export function Undo({ restore, bar }: { restore: Restore; bar?: boolean }) {
  const now = useNow();
  const me = useQuery(meQuery).data;
  const [asking, setAsking] = useState<'undo' | 'release' | null>(null);
  const left = restore.undo_expires_at ? secondsBetween(new Date(now).toISOString(), restore.undo_expires_at) : null;
  if (restore.outcome !== 'swapped' || left === null) return null;
  if (left <= 0) return bar ? null : <Text size="sm">{t.watch.undoOver}</Text>;
  if (!may(me, 'project.backups.restore', restore.project_id)) return null;
  const path = { params: { path: { id: restore.id } } };
  const refresh = () => void queryClient.invalidateQueries();
  return (
    <div className="undo">
      <span className="quiet numbers">{bar ? t.environment.undoKept(duration(left)) : t.watch.undoLeft(duration(left))}</span>
      <Button variant="default" size="xs" leftSection={<Icon name="undo" size={15} />} onClick={() => setAsking('undo')}>
        {t.watch.undo}
      </Button>
      <Button variant="subtle" color="gray" size="xs" onClick={() => setAsking('release')}>
        {t.environment.keep}
      </Button>
      <Confirm
        opened={asking === 'undo'}
        onClose={() => setAsking(null)}
        title={t.watch.undoTitle}
        warning={t.watch.undoText}
        action={t.watch.undo}
        run={async () => {
          const { task_id } = await take(api.POST('/api/v1/backups/restore/{id}/undo', path));
          toast(t.watch.undoStarted, { to: `/tasks/${task_id}` });
        }}
        onDone={refresh}
      />
      <Confirm
        opened={asking === 'release'}
        onClose={() => setAsking(null)}
        title={t.watch.releaseTitle}
        warning={t.watch.releaseText}
        action={t.environment.keep}
        run={async () => {
          const { task_id } = await take(api.POST('/api/v1/backups/restore/{id}/release', path));
          toast(t.watch.releaseStarted, { to: `/tasks/${task_id}` });
        }}
        onDone={refresh}
      />
    </div>
  );
}

function DoneCard({ restore, url }: { restore: Restore; url: string | null | undefined }) {
  const undone = restore.outcome === 'undone';
  return (
    <section className={undone ? 'card card-quiet' : 'card card-good'} aria-label={t.watch.done}>
      <h2>{undone ? t.watch.undone : `${t.watch.done} ${t.watch.doneIn(duration(restore.duration_seconds))}`}</h2>
      <dl className="facts">
        <Fact label={t.watch.downtime}>{restore.downtime_seconds ? duration(restore.downtime_seconds) : t.watch.noDowntime}</Fact>
        {restore.pre_restore_backup_id && (
          <Fact label={t.watch.safety}>
            <Link to="/backups">{restore.pre_restore_backup_id.slice(0, 8)}</Link>
          </Fact>
        )}
      </dl>
      <div className="card-actions">
        {url && !undone && (
          <Button component="a" href={url} target="_blank" rel="noreferrer" leftSection={<Icon name="external" size={16} />}>
            {t.watch.openOdoo}
          </Button>
        )}
        {restore.proof && (
          <Button variant="default" leftSection={<Icon name="download" size={16} />} onClick={() => void downloadProof(restore.id).catch(toastError)}>
            {t.watch.proof}
          </Button>
        )}
      </div>
      <Undo restore={restore} />
    </section>
  );
}

// Read by somebody whose production may be down: what became of it comes first.
function firstWords(restore: Restore): string {
  if (restore.outcome === 'rolled_back') return t.watch.rolledBack;
  if (restore.outcome === 'swapped') return t.watch.leftBroken;
  return restore.is_new_environment ? t.watch.untouchedNew : t.watch.untouched;
}

function FailedCard({ restore, task }: { restore: Restore; task: Task | undefined }) {
  const again = useRestore();
  const backup = useQuery(backupQuery(restore.backup_id)).data;
  const advice = task?.error_hint ?? (restore.error_code ? t.advice[restore.error_code] : null);
  const [sentence, ...log] = (restore.error_message ?? '').split('\n');
  return (
    <section className="card card-attention" role="alert">
      <h2>{firstWords(restore)}</h2>
      {restore.error_step && <p className="quiet">{t.watch.failedAt(t.step[restore.error_step] ?? restore.error_step)}</p>}
      <p className="sentence">{sentence}</p>
      {advice && (
        <p>
          <strong>{t.watch.whatToDo}:</strong> {advice}
        </p>
      )}
      <div className="card-actions">
        {backup && (
          <Button variant="default" leftSection={<Icon name="restore" size={16} />} onClick={() => again({ backup })}>
            {t.watch.again}
          </Button>
        )}
        {restore.target_environment_id && !restore.is_new_environment && (
          <Button variant="default" component={Link} to={`/environments/${restore.target_environment_id}`}>
            {t.watch.otherBackup}
          </Button>
        )}
      </div>
      {log.length > 0 && (
        <details className="log">
          <summary>{t.watch.containerLog}</summary>
          <pre tabIndex={0}>{log.join('\n')}</pre>
        </details>
      )}
    </section>
  );
}

function OdooLine({ restore }: { restore: Restore }) {
  const swap = restore.steps.filter((step) => ['swap', 'start'].includes(step.name));
  const restarting = swap.some((step) => step.state === 'running');
  const text = restore.is_new_environment && !over(restore) ? t.watch.notYet : restarting ? t.watch.restarting : t.watch.serving;
  return (
    <Fact label={t.watch.odoo}>
      <Dot tone={restarting ? 'attention' : restore.is_new_environment && !over(restore) ? 'quiet' : 'good'}>{text}</Dot>
    </Fact>
  );
}

function Progressing({ restore, task }: { restore: Restore; task: Task | undefined }) {
  const now = useNow();
  const me = useQuery(meQuery).data;
  const [asking, setAsking] = useState(false);
  const percent = Math.floor(restore.percent ?? 0);
  const swapped = restore.steps.some((step) => step.name === 'swap' && step.state !== 'pending');
  const waiting = task?.run_at && new Date(task.run_at).getTime() > now;
  return (
    <section className="card">
      <div className="big-percent numbers" aria-hidden="true">
        {t.watch.percent(percent)}
      </div>
      <Progress value={restore.percent ?? 0} size="lg" aria-label={t.watch.throughput} />
      <p role="status" aria-live="polite">
        {waiting ? t.watch.waitingFor(moment(task.run_at!)) : t.restoreStatus[restore.status]}
      </p>
      <dl className="facts">
        <Fact label={t.watch.elapsed}>
          <span className="numbers">{duration(secondsBetween(restore.started_at, now))}</span>
        </Fact>
        <Fact label={t.watch.eta}>{task?.eta_seconds ? t.watch.etaAbout(duration(Math.round(task.eta_seconds))) : t.watch.etaUnknown}</Fact>
        <OdooLine restore={restore} />
      </dl>
      {task && !swapped && may(me, 'project.tasks.cancel', restore.project_id) && (
        <Button variant="default" disabled={task.cancel_requested} onClick={() => setAsking(true)}>
          {task.cancel_requested ? t.watch.cancelling : t.watch.cancel}
        </Button>
      )}
      {task && (
        <Confirm
          opened={asking}
          onClose={() => setAsking(false)}
          title={t.watch.cancel}
          warning={t.watch.cancelText}
          action={t.watch.cancel}
          run={() => take(api.POST('/api/v1/tasks/{id}/cancel', { params: { path: { id: task.id } } }))}
          onDone={() => void queryClient.invalidateQueries()}
        />
      )}
    </section>
  );
}

function Result({ restore, task, url }: { restore: Restore; task: Task | undefined; url: string | null | undefined }) {
  if (restore.status === 'completed') return <DoneCard restore={restore} url={url} />;
  if (restore.status === 'failed') return <FailedCard restore={restore} task={task} />;
  if (restore.status === 'cancelled') {
    return (
      <section className="card card-quiet" role="status">
        <h2>{t.watch.cancelled}</h2>
      </section>
    );
  }
  return <Progressing restore={restore} task={task} />;
}

export function RestorePage() {
  const { id } = useParams({ from: '/restores/$id' });
  const { restore, task, state } = useLiveRestore(id);
  const one = restore.data;
  const target = useQuery({ ...environmentQuery(one?.target_environment_id ?? ''), enabled: Boolean(one?.target_environment_id) }).data;
  const backup = useQuery({ ...backupQuery(one?.backup_id ?? ''), enabled: Boolean(one) }).data;
  const name = target?.name ?? '…';
  const percent = one && !over(one) ? `${t.watch.percent(Math.floor(one.percent ?? 0))} · ` : '';
  useTabTitle(`${percent}${t.watch.title(name)}`);
  if (restore.error && !one) return <ErrorBox error={restore.error} onRetry={() => void restore.refetch()} />;
  if (!one) return <RowSkeletons />;
  return (
    <>
      <PageHead
        title={t.watch.title(name)}
        about={
          <>
            <Dot tone={one.status === 'failed' ? 'attention' : (toneOf[one.status] ?? 'busy')}>{t.restoreStatus[one.status]}</Dot> · {t.modes[one.mode]} ·{' '}
            <Ago at={one.started_at ?? one.created_at} />
          </>
        }
      />
      {state === 'waiting' && !over(one) && (
        <Alert color="orange" variant="light" mb="md" role="status">
          {t.watch.lost}
        </Alert>
      )}
      <div className="two">
        <Panel title={t.watch.steps}>
          <TaskSteps steps={one.steps} />
          {one.task_id && <TaskLog id={one.task_id} tick={task.dataUpdatedAt} />}
        </Panel>
        <div className="side">
          <Result restore={one} task={task.data} url={target?.url} />
          <section className="panel">
            <dl className="facts">
              <Fact label={t.watch.from}>{backup ? nameOf(backup) : '…'}</Fact>
              <Fact label={t.watch.into}>{target ? <Link to="/environments/$id" params={{ id: target.id }}>{target.name}</Link> : '…'}</Fact>
              <Fact label={t.watch.started}>{one.started_at ? moment(one.started_at) : '–'}</Fact>
            </dl>
            {one.warnings.length > 0 && (
              <>
                <h3>{t.watch.warnings}</h3>
                <ul className="points">
                  {one.warnings.map((warning) => (
                    <li key={warning}>{warning}</li>
                  ))}
                </ul>
              </>
            )}
          </section>
        </div>
      </div>
    </>
  );
}
