import { Select } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Backup } from '../api/types';
import { t } from '../text';
import { BackupList } from '../ui/backup-list';
import { PageHead } from '../ui/bits';
import { Import } from '../ui/upload';

const OpenMounts = lazy(() => import('../rescue/open-mounts').then((all) => ({ default: all.OpenMounts })));

export interface BackupsSearch {
  status?: string;
  type?: string;
  show?: string; // a backup to look into
}

const options = (texts: Record<string, string>) => Object.entries(texts).map(([value, label]) => ({ value, label }));

export function BackupFilters({ search, onChange }: { search: BackupsSearch; onChange: (some: BackupsSearch) => void }) {
  return (
    <>
      <Select
        aria-label={t.backups.filters.status}
        placeholder={t.backups.filters.status}
        clearable
        data={options(t.backupStatus).filter((one) => one.value !== 'deleted')}
        value={search.status ?? null}
        onChange={(status) => onChange({ status: status ?? undefined })}
      />
      <Select
        aria-label={t.backups.filters.type}
        placeholder={t.backups.filters.type}
        clearable
        data={options(t.backupType)}
        value={search.type ?? null}
        onChange={(type) => onChange({ type: type ?? undefined })}
      />
    </>
  );
}

export const backupFilter = (search: BackupsSearch) => ({
  ...(search.status ? { status: search.status as Backup['status'] } : {}),
  ...(search.type ? { backup_type: search.type as Backup['backup_type'] } : {}),
});

export const isFiltered = (search: BackupsSearch) => Boolean(search.status ?? search.type);

export function Backups() {
  const search = useSearch({ from: '/backups' });
  const navigate = useNavigate();
  const go = (some: BackupsSearch) => void navigate({ to: '/backups', search: { ...search, ...some }, replace: true });
  return (
    <>
      <PageHead title={t.backups.title}>
        <BackupFilters search={search} onChange={go} />
        <Import />
      </PageHead>
      <Suspense>
        <OpenMounts />
      </Suspense>
      <BackupList
        filter={backupFilter(search)}
        emptyText={t.backups.emptyAll}
        onClearFilter={isFiltered(search) ? () => go({ status: undefined, type: undefined }) : undefined}
        show={search.show}
        onShown={() => go({ show: undefined })}
      />
    </>
  );
}
