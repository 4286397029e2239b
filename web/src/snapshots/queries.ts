import { queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';
import { queryClient } from '../api/queries';
import type { Snapshot } from '../api/types';
import { isOnItsWay } from './states';

// Of those that are neither gone nor live.
const asked = ['taking', 'kept', 'removing', 'failed'] as const satisfies Snapshot['status'][];

// All of an environment that stand, come or go, and those that failed lately.
export const snapshotsQuery = (environment_id: string) =>
  queryOptions({
    queryKey: ['snapshots', 'list', environment_id],
    queryFn: async () => {
      const found = await Promise.all(asked.map((status) => take(api.GET('/api/v1/snapshots', { params: { query: { environment_id, status, page_size: 100 } } }))));
      return found.flatMap((page) => page.items);
    },
    refetchInterval: ({ state }) => (state.data?.some(isOnItsWay) ? 5000 : 60_000),
  });

export const snapshotQuery = (id: string) =>
  queryOptions({ queryKey: ['snapshots', 'one', id], queryFn: () => take(api.GET('/api/v1/snapshots/{id}', { params: { path: { id } } })) });

// Events of tasks do not change them.
export const settingsQuery = (id: string) =>
  queryOptions({
    queryKey: ['snapshot-settings', id],
    queryFn: () => take(api.GET('/api/v1/environments/{id}/snapshot-settings', { params: { path: { id } } })),
  });

export const refresh = () => {
  for (const key of ['snapshots', 'tasks']) void queryClient.invalidateQueries({ queryKey: [key] });
};
