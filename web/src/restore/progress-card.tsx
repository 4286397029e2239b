import { Button, Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Restore, Task } from '../api/types';
import { duration, moment, secondsBetween } from '../format';
import { t } from '../text';
import { Fact, useNow } from '../ui/bits';
import { Confirm } from '../ui/confirm';

function Cancel({ task, restore }: { task: Task; restore: Restore }) {
  const me = useQuery(meQuery).data;
  const [asking, setAsking] = useState(false);
  const swapped = restore.steps.some((step) => step.name === 'swap' && step.state !== 'pending');
  if (swapped || !may(me, 'project.tasks.cancel', restore.project_id)) return null;
  return (
    <>
      <Button variant="default" disabled={task.cancel_requested} onClick={() => setAsking(true)}>
        {task.cancel_requested ? t.watch.cancelling : t.watch.cancel}
      </Button>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={t.watch.cancel}
        warning={t.watch.cancelText}
        action={t.watch.cancel}
        run={() => take(api.POST('/api/v1/tasks/{id}/cancel', { params: { path: { id: task.id } } }))}
        onDone={() => void queryClient.invalidateQueries()}
      />
    </>
  );
}

export function ProgressCard({ restore, task }: { restore: Restore; task: Task | undefined }) {
  const now = useNow();
  const percent = restore.percent ?? 0;
  const waiting = task?.run_at && new Date(task.run_at).getTime() > now;
  return (
    <section className="card">
      <div className="big-percent numbers" aria-hidden="true">
        {t.watch.percent(Math.floor(percent))}
      </div>
      <Progress value={percent} size="lg" aria-label={t.watch.progress} />
      <p role="status" aria-live="polite" className="live-status">
        {waiting ? t.watch.waitingFor(moment(task.run_at!)) : t.restoreStatus[restore.status]}
      </p>
      <dl className="facts">
        <Fact label={t.watch.elapsed}>
          <span className="numbers">{duration(restore.started_at ? Math.max(0, Math.floor(secondsBetween(restore.started_at, now)!)) : null)}</span>
        </Fact>
        <Fact label={t.watch.eta}>
          <span className="numbers">{task?.eta_seconds ? t.watch.etaAbout(duration(Math.ceil(task.eta_seconds))) : t.watch.etaUnknown}</span>
        </Fact>
      </dl>
      {task && <Cancel task={task} restore={restore} />}
    </section>
  );
}
