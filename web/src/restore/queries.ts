import { queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';
import type { RestoreRequest } from '../api/types';

// Where a backup can go; every server is looked at for it.
export const targetsQuery = (backupId: string) =>
  queryOptions({
    queryKey: ['targets', backupId],
    queryFn: ({ signal }) => take(api.GET('/api/v1/backups/{id}/targets', { params: { path: { id: backupId } }, signal })),
    staleTime: 30_000,
  });

// What a restore would do. It looks into the target's containers, which takes seconds: what was asked before stays good
// for a while.
export const planQuery = (request: RestoreRequest) =>
  queryOptions({
    queryKey: ['plan', request],
    // Never given up: the server goes on with it anyway, and who changes a choice back finds it done.
    queryFn: () => take(api.POST('/api/v1/backups/restore/plan', { body: request })),
    staleTime: 60_000,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
    retry: false,
  });
