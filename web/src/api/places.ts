import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import { nextPage, type Paged } from './queries';
import type { paths } from './schema';

// What the places beside backups and restores show. Short lists are asked for whole.

const size = 100;

async function whole<T>(load: (page: number) => Promise<Paged<T>>): Promise<T[]> {
  const first = await load(1);
  const rest = await Promise.all(Array.from({ length: Math.max(0, first.total_pages - 1) }, (_, index) => load(index + 2)));
  return [first, ...rest].flatMap((page) => page.items);
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const protectionQuery = queryOptions({
  queryKey: ['protection'],
  queryFn: () => whole((page) => take(api.GET('/api/v1/protection', { params: { query: { page, page_size: size, time_zone: zone } } }))),
  refetchInterval: 60_000,
});

export const schedulesQuery = queryOptions({
  queryKey: ['schedules'],
  queryFn: () => whole((page) => take(api.GET('/api/v1/schedules', { params: { query: { page, page_size: size } } }))),
  refetchInterval: 60_000,
});

export const scheduleRunsQuery = (id: string) =>
  queryOptions({
    queryKey: ['schedules', 'runs', id],
    queryFn: () => take(api.GET('/api/v1/schedules/{id}/runs', { params: { path: { id }, query: { page_size: 20 } } })),
  });

export const cronQuery = (cron: string, time_zone: string) =>
  queryOptions({
    queryKey: ['cron', cron, time_zone],
    queryFn: () => take(api.GET('/api/v1/cron', { params: { query: { cron, time_zone } } })),
    placeholderData: keepPreviousData,
    retry: false,
    enabled: cron.trim() !== '',
  });

export const retentionQuery = (id: string) =>
  queryOptions({ queryKey: ['retention', id], queryFn: () => take(api.GET('/api/v1/environments/{id}/retention', { params: { path: { id } } })) });

export const retentionPlanQuery = (id: string) =>
  queryOptions({
    queryKey: ['retention', id, 'plan'],
    queryFn: () => take(api.GET('/api/v1/environments/{id}/retention/preview', { params: { path: { id } } })),
  });

export const drillsQuery = infiniteQueryOptions({
  queryKey: ['drills'],
  queryFn: ({ pageParam }) => take(api.GET('/api/v1/drills', { params: { query: { page: pageParam, page_size: 50 } } })),
  initialPageParam: 1,
  getNextPageParam: nextPage,
});

export const storagesQuery = (organization_id: string) =>
  queryOptions({
    queryKey: ['storages', organization_id],
    queryFn: () => whole((page) => take(api.GET('/api/v1/backups/storage-configs', { params: { query: { organization_id, page, page_size: size } } }))),
  });

export const organizationsQuery = queryOptions({
  queryKey: ['organizations'],
  queryFn: () => whole((page) => take(api.GET('/api/v1/organizations', { params: { query: { page, page_size: size } } }))),
  staleTime: 60_000,
});

export const quotaQuery = (id: string) =>
  queryOptions({ queryKey: ['quota', id], queryFn: () => take(api.GET('/api/v1/organizations/{id}/quota', { params: { path: { id } } })), staleTime: 60_000 });

export const membersQuery = (id: string) =>
  queryOptions({
    queryKey: ['members', id],
    queryFn: () => whole((page) => take(api.GET('/api/v1/organizations/{id}/members', { params: { path: { id }, query: { page, page_size: size } } }))),
  });

export const teamsQuery = (id: string) =>
  queryOptions({
    queryKey: ['teams', id],
    queryFn: () => whole((page) => take(api.GET('/api/v1/organizations/{id}/teams', { params: { path: { id }, query: { page, page_size: size } } }))),
  });

export const teamMembersQuery = (id: string, team_id: string) =>
  queryOptions({
    queryKey: ['teams', id, team_id, 'members'],
    queryFn: () =>
      whole((page) =>
        take(api.GET('/api/v1/organizations/{id}/teams/{team_id}/members', { params: { path: { id, team_id }, query: { page, page_size: size } } })),
      ),
  });

export const grantsQuery = (id: string, team_id: string) =>
  queryOptions({
    queryKey: ['teams', id, team_id, 'grants'],
    queryFn: () =>
      whole((page) =>
        take(api.GET('/api/v1/organizations/{id}/teams/{team_id}/grants', { params: { path: { id, team_id }, query: { page, page_size: size } } })),
      ),
  });

export const rolesQuery = (id: string) =>
  queryOptions({
    queryKey: ['roles', id],
    queryFn: () => whole((page) => take(api.GET('/api/v1/organizations/{id}/roles', { params: { path: { id }, query: { page, page_size: size } } }))),
  });

export const overridesQuery = (id: string) =>
  queryOptions({
    queryKey: ['overrides', id],
    queryFn: () => whole((page) => take(api.GET('/api/v1/organizations/{id}/overrides', { params: { path: { id }, query: { page, page_size: size } } }))),
  });

export const permissionsQuery = queryOptions({ queryKey: ['permissions'], queryFn: () => take(api.GET('/api/v1/permissions')), staleTime: Infinity });

export const projectsOfQuery = (organization_id: string) =>
  queryOptions({
    queryKey: ['projects', organization_id],
    queryFn: () => whole((page) => take(api.GET('/api/v1/projects', { params: { query: { organization_id, page, page_size: size } } }))),
  });

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: () => whole((page) => take(api.GET('/api/v1/tokens', { params: { query: { page, page_size: size } } }))),
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: () => whole((page) => take(api.GET('/api/v1/auth/sessions', { params: { query: { page, page_size: size } } }))),
});

export const webhooksQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhooks', id],
    queryFn: () => whole((page) => take(api.GET('/api/v1/organizations/{id}/webhooks', { params: { path: { id }, query: { page, page_size: size } } }))),
  });

export const deliveriesQuery = (id: string, webhook_id: string) =>
  queryOptions({
    queryKey: ['webhooks', id, webhook_id],
    queryFn: () =>
      take(api.GET('/api/v1/organizations/{id}/webhooks/{webhook_id}/deliveries', { params: { path: { id, webhook_id }, query: { page_size: 20 } } })),
    refetchInterval: 3000,
  });

export type AuditFilter = Omit<NonNullable<paths['/api/v1/audit']['get']['parameters']['query']>, 'page' | 'page_size'>;

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam }) => take(api.GET('/api/v1/audit', { params: { query: { ...filter, page: pageParam, page_size: 50 } } })),
    initialPageParam: 1,
    getNextPageParam: nextPage,
    placeholderData: keepPreviousData,
  });
