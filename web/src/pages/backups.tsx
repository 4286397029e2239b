import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { meQuery } from '../api/queries';
import { may } from '../api/rights';
import type { Backup } from '../api/types';
import { t } from '../text';
import { BackupList } from '../ui/backup-list';
import { PageHead } from '../ui/bits';
import { Icon } from '../ui/icons';
import { ImportDialog } from '../ui/upload';

export interface BackupsSearch {
  status?: string;
  type?: string;
}

const options = (texts: Record<string, string>) => Object.entries(texts).map(([value, label]) => ({ value, label }));

export function BackupFilters({ search, onChange }: { search: BackupsSearch; onChange: (some: BackupsSearch) => void }) {
  return (
    <>
      <Select
        aria-label={t.backups.filters.status}
        placeholder={t.backups.filters.status}
        clearable
        data={options(t.backupStatus)}
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
  status: search.status as Backup['status'] | undefined,
  backup_type: search.type as Backup['backup_type'] | undefined,
});

export function Backups() {
  const search = useSearch({ from: '/backups' });
  const navigate = useNavigate();
  const me = useQuery(meQuery).data;
  const [importing, setImporting] = useState(false);
  return (
    <>
      <PageHead title={t.backups.title}>
        <BackupFilters search={search} onChange={(some) => void navigate({ to: '/backups', search: { ...search, ...some }, replace: true })} />
        {may(me, 'project.backups.create') && (
          <Button leftSection={<Icon name="upload" size={16} />} onClick={() => setImporting(true)}>
            {t.backups.import}
          </Button>
        )}
      </PageHead>
      <BackupList filter={backupFilter(search)} emptyText={t.backups.emptyAll} />
      <ImportDialog opened={importing} onClose={() => setImporting(false)} />
    </>
  );
}
