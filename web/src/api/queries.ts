import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { ApiError, api, take } from './client';
import type { paths } from './schema';
import type { Environment } from './types';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
      refetchOnWindowFocus: true,
    },
  },
});

type BackupQuery = NonNullable<paths['/api/v1/backups']['get']['parameters']['query']>;
type TaskQuery = NonNullable<paths['/api/v1/tasks']['get']['parameters']['query']>;
type RestoreQuery = NonNullable<paths['/api/v1/restores']['get']['parameters']['query']>;

export interface Paged<T> {
  items: T[];
  total: number;
  page: number;
  total_pages: number;
}
export const nextPage = (last: Paged<unknown>) => (last.page < last.total_pages ? last.page + 1 : undefined);

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => take(api.GET('/api/v1/auth/me')), staleTime: 60_000 });

export const environmentsQuery = queryOptions({
  queryKey: ['environments'],
  queryFn: async () => {
    const first = await take(api.GET('/api/v1/environments', { params: { query: { page_size: 100 } } }));
    const rest = await Promise.all(
      Array.from({ length: Math.max(0, first.total_pages - 1) }, (_, index) =>
        take(api.GET('/api/v1/environments', { params: { query: { page_size: 100, page: index + 2 } } })),
      ),
    );
    return [first, ...rest].flatMap((page) => page.items);
  },
});

// The one that is most likely meant: a production environment, if there is one.
export const firstOf = (environments: Environment[]) => environments.find((one) => one.environment_type === 'production') ?? environments[0];

export const environmentQuery = (id: string) =>
  queryOptions({
    queryKey: ['environments', id],
    queryFn: () => take(api.GET('/api/v1/environments/{id}', { params: { path: { id } } })),
  });

export const backupsQuery = (query: BackupQuery) =>
  infiniteQueryOptions({
    queryKey: ['backups', 'list', query],
    queryFn: ({ pageParam }) => take(api.GET('/api/v1/backups', { params: { query: { ...query, page: pageParam, page_size: 100 } } })),
    initialPageParam: 1,
    getNextPageParam: nextPage,
    placeholderData: keepPreviousData,
  });

export const backupQuery = (id: string) =>
  queryOptions({
    queryKey: ['backups', 'one', id],
    queryFn: () => take(api.GET('/api/v1/backups/{id}', { params: { path: { id } } })),
  });

export const tasksQuery = (query: TaskQuery) =>
  infiniteQueryOptions({
    queryKey: ['tasks', 'list', query],
    queryFn: ({ pageParam }) => take(api.GET('/api/v1/tasks', { params: { query: { ...query, page: pageParam, page_size: 50 } } })),
    initialPageParam: 1,
    getNextPageParam: nextPage,
    placeholderData: keepPreviousData,
  });

export const taskQuery = (id: string) =>
  queryOptions({
    queryKey: ['tasks', 'one', id],
    queryFn: () => take(api.GET('/api/v1/tasks/{id}', { params: { path: { id } } })),
  });

export const restoresQuery = (query: RestoreQuery) =>
  queryOptions({
    queryKey: ['restores', 'list', query],
    queryFn: () => take(api.GET('/api/v1/restores', { params: { query: { page_size: 50, ...query } } })),
  });

export const restoreQuery = (id: string) =>
  queryOptions({
    queryKey: ['restores', 'one', id],
    queryFn: () => take(api.GET('/api/v1/backups/restore/{id}', { params: { path: { id } } })),
  });

export const serversQuery = queryOptions({
  queryKey: ['servers'],
  queryFn: async () => (await take(api.GET('/api/v1/servers', { params: { query: { page_size: 100 } } }))).items,
  staleTime: 60_000,
});

export const uploadsQuery = queryOptions({
  queryKey: ['uploads'],
  queryFn: () => take(api.GET('/api/v1/backups/uploads', { params: { query: { page_size: 100 } } })),
  staleTime: 0,
});

export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: async () => (await take(api.GET('/api/v1/projects', { params: { query: { page_size: 100 } } }))).items,
  staleTime: 60_000,
});
