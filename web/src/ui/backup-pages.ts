import { queryOptions, useQueries, useQuery } from '@tanstack/react-query';
import { api, take } from '../api/client';
import type { Backup } from '../api/types';

export interface BackupFilter {
  environment_id?: string;
  status?: Backup['status'];
  backup_type?: Backup['backup_type'];
}

const pageSize = 100;

// A page of the list, 1 is the newest. Given up when it is scrolled past before it came.
export const backupPageQuery = (filter: BackupFilter, page: number) =>
  queryOptions({
    queryKey: ['backups', 'page', filter, page],
    queryFn: ({ signal }) => take(api.GET('/api/v1/backups', { params: { query: { ...filter, page, page_size: pageSize } }, signal })),
  });

// How many there are, and the rows from `first` to `last`, as far as their pages are here: only pages that are looked at
// are asked for, wherever one scrolls to.
export function useBackupRows(filter: BackupFilter, first: number, last: number) {
  const newest = useQuery(backupPageQuery(filter, 1));
  const total = newest.data?.total ?? 0;
  const from = Math.floor(first / pageSize) + 1;
  const to = Math.floor(Math.max(first, Math.min(last, total - 1)) / pageSize) + 1;
  const numbers = newest.data ? Array.from({ length: to - from + 1 }, (_, index) => from + index) : [];
  const pages = useQueries({ queries: numbers.map((page) => backupPageQuery(filter, page)) });
  const row = (index: number): Backup | undefined => pages[Math.floor(index / pageSize) + 1 - from]?.data?.items[index % pageSize];
  return { newest, total, row };
}
