import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { backupQuery, queryClient, restoreQuery, taskQuery } from '../api/queries';
import { follow, type NumberedEvent, type StreamState } from '../api/stream';
import type { Restore } from '../api/types';

export const isOver = (restore: Restore) => ['completed', 'failed', 'cancelled'].includes(restore.status);

// The restore and its task, asked for anew as the task's own events come in, and the events themselves: they are told
// from the beginning, so that a reload loses nothing, and a broken line is taken up where it broke.
export function useLiveRestore(id: string) {
  const restore = useQuery(restoreQuery(id));
  const taskId = restore.data?.task_id;
  const task = useQuery({ ...taskQuery(taskId ?? ''), enabled: Boolean(taskId) });
  const backup = useQuery({ ...backupQuery(restore.data?.backup_id ?? ''), enabled: Boolean(restore.data) });
  const [lost, setLost] = useState(false);
  const [events, setEvents] = useState<NumberedEvent[]>([]);
  const heard = useRef<NumberedEvent[]>([]);
  useEffect(() => {
    if (!taskId) return;
    heard.current = [];
    let pending: ReturnType<typeof setTimeout> | undefined;
    const onEvent = (event: NumberedEvent) => {
      heard.current.push(event);
      pending ??= setTimeout(() => {
        pending = undefined;
        setEvents([...heard.current]);
        void queryClient.invalidateQueries({ queryKey: restoreQuery(id).queryKey });
        void queryClient.invalidateQueries({ queryKey: taskQuery(taskId).queryKey });
      }, 250);
    };
    // Lost until it is there again, not only between two attempts.
    const onState = (state: StreamState) => setLost((was) => state === 'waiting' || (was && state === 'connecting'));
    const stop = follow({ path: `/api/v1/tasks/${taskId}/events`, onEvent, onState });
    return () => {
      clearTimeout(pending);
      stop();
    };
  }, [id, taskId]);
  return { restore, task, backup: backup.data, lost, events };
}
