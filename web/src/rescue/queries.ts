import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';
import type { Mount } from '../api/types';
import { isLeft } from './documents';

const opens = ['mounted', 'mounting', 'unmounting', 'failed'] as const satisfies Mount['status'][];

export interface MountFilter {
  environment_id?: string;
  backup_id?: string;
}

// Those that stand, or are about to; also what a failure has left.
export const openMountsQuery = (filter: MountFilter = {}) =>
  queryOptions({
    queryKey: ['mounts', 'open', filter],
    queryFn: async () => {
      const found = await Promise.all(opens.map((status) => take(api.GET('/api/v1/mounts', { params: { query: { ...filter, status, page_size: 100 } } }))));
      return found.flatMap((page) => page.items).filter((one) => one.status !== 'failed' || isLeft(one));
    },
  });

const isOnItsWay = (mount: Mount | undefined) => mount?.status === 'mounting' || mount?.status === 'unmounting';

export const mountQuery = (id: string) =>
  queryOptions({
    queryKey: ['mounts', 'one', id],
    queryFn: () => take(api.GET('/api/v1/mounts/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (isOnItsWay(state.data) ? 5000 : 60_000),
  });

// What is inside is not asked for anew whenever some task tells of itself: counting and comparing take seconds.
export const contentKey = (id: string) => ['mounted', id];

export const tablesQuery = (id: string) =>
  queryOptions({
    queryKey: [...contentKey(id), 'tables'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/mounts/{id}/tables', { params: { path: { id } }, signal })).then(({ items }) => items),
    staleTime: Infinity,
  });

export const rowsAtOnce = 50;
export const rowsQuery = (id: string, table: string, offset: number) =>
  queryOptions({
    queryKey: [...contentKey(id), 'rows', table, offset],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/mounts/{id}/tables/{table}/rows', { params: { path: { id, table }, query: { limit: rowsAtOnce, offset } }, signal })),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });

export interface DocumentFilter {
  q?: string;
  model?: string;
  missing?: boolean;
}

export const documentsQuery = (id: string, filter: DocumentFilter) =>
  infiniteQueryOptions({
    queryKey: [...contentKey(id), 'documents', filter],
    queryFn: ({ pageParam, signal }) =>
      take(api.GET('/api/v1/mounts/{id}/attachments', { params: { path: { id }, query: { ...filter, after: pageParam, limit: 50 } }, signal })),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next_after ?? undefined,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
