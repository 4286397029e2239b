import { Button, Progress } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { api, take } from '../api/client';
import { useLiveTask } from '../api/live';
import { meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import { moment } from '../format';
import { t } from '../text';
import { Ago, Copy, Dot, ErrorBox, PageHead, Panel, RowSkeletons, toneOf } from '../ui/bits';
import { TaskLog, TaskSteps } from '../ui/task-steps';
import { toastError } from '../ui/toast';

export function TaskPage() {
  const { id } = useParams({ from: '/tasks/$id' });
  const me = useQuery(meQuery).data;
  const task = useLiveTask(id);
  const cancel = useMutation({
    mutationFn: () => take(api.POST('/api/v1/tasks/{id}/cancel', { params: { path: { id } } })),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['tasks'] }),
    onError: toastError,
  });
  const one = task.data;
  if (task.error && !one) return <ErrorBox error={task.error} onRetry={() => void task.refetch()} />;
  if (!one) return <RowSkeletons />;
  const live = one.status === 'queued' || one.status === 'running';
  return (
    <>
      <PageHead
        title={t.taskKind[one.kind] ?? one.kind}
        about={
          <>
            <Dot tone={toneOf[one.status] ?? 'quiet'}>{t.taskStatus[one.status]}</Dot> · <Ago at={one.created_at} />
            {one.status === 'queued' && one.run_at && <span>{t.task.runAt(moment(one.run_at))}</span>}
            <Copy value={location.href} label={t.task.copyLink} />
          </>
        }
      >
        {one.kind === 'restore' && one.subject_id && (
          <Button variant="default" component={Link} to={`/restores/${one.subject_id}`}>
            {t.backups.watch}
          </Button>
        )}
        {one.kind === 'mount' && one.subject_id && (
          <Button variant="default" component={Link} to={`/mounts/${one.subject_id}`}>
            {t.backups.watch}
          </Button>
        )}
        {live && may(me, 'project.tasks.cancel', one.project_id) && (
          <Button variant="default" loading={cancel.isPending} disabled={one.cancel_requested} onClick={() => cancel.mutate()}>
            {one.cancel_requested ? t.task.cancelling : t.task.cancel}
          </Button>
        )}
      </PageHead>
      {live && <Progress value={one.percent} size="lg" mb="md" aria-label={t.taskKind[one.kind] ?? one.kind} />}
      {one.error_message && (
        <section className="card card-attention" role="alert">
          <h2>{one.error_message.split('\n')[0]}</h2>
          {one.error_hint && <p>{one.error_hint}</p>}
        </section>
      )}
      <Panel title={t.task.steps}>
        <TaskSteps steps={one.steps} kind={one.kind} />
        <TaskLog id={one.id} open tick={task.dataUpdatedAt} />
      </Panel>
    </>
  );
}
