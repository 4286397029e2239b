import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { queryClient, taskQuery } from './queries';
import { follow, type NumberedEvent, type StreamState } from './stream';

const heard = new Set<(event: NumberedEvent) => void>();
let pending: ReturnType<typeof setTimeout> | undefined;

// Lists are asked for anew when something has changed, but not more than once in a while.
function refresh(event: NumberedEvent) {
  if (event.type === 'task.log' || event.type === 'task.progress') return;
  pending ??= setTimeout(() => {
    pending = undefined;
    for (const key of ['tasks', 'backups', 'restores', 'environments', 'protection', 'drills', 'schedules', 'mounts', 'snapshots']) void queryClient.invalidateQueries({ queryKey: [key] });
  }, 400);
}

// One stream for the whole page keeps every list live.
export function useLivePage(): StreamState {
  const [state, setState] = useState<StreamState>('connecting');
  useEffect(
    () =>
      follow({
        path: '/api/v1/events',
        onEvent: (event) => {
          refresh(event);
          for (const listen of heard) listen(event);
        },
        onState: setState,
      }),
    [],
  );
  return state;
}

export function useEvents(listen: (event: NumberedEvent) => void) {
  useEffect(() => {
    heard.add(listen);
    return () => void heard.delete(listen);
  }, [listen]);
}

// A task that is looked at goes on by its own stream, which tells more than the page's.
export function useLiveTask(id: string) {
  useEffect(
    () => follow({ path: `/api/v1/tasks/${id}/events`, onEvent: () => void queryClient.invalidateQueries({ queryKey: taskQuery(id).queryKey }) }),
    [id],
  );
  return useQuery(taskQuery(id));
}
