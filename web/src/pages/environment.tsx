import { Button, Tabs } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { backupsQuery, environmentQuery, meQuery, restoresQuery } from '../api/queries';
import { may } from '../api/rights';
import type { Environment, Restore } from '../api/types';
import { duration } from '../format';
import { useRestore } from '../restore/provider';
import { t } from '../text';
import { BackupList, CreateBackup, restorable } from '../ui/backup-list';
import { Ago, Copy, Dot, Empty, EnvironmentStatus, ErrorBox, Fact, PageHead, RowSkeletons, toneOf, TypeTag } from '../ui/bits';
import { Icon } from '../ui/icons';
import { ImportDialog } from '../ui/upload';
import { backupFilter, BackupFilters } from './backups';
import { Undo } from './restore';

export interface EnvironmentSearch {
  tab?: string;
  status?: string;
  type?: string;
}

function Restores({ restores }: { restores: Restore[] }) {
  if (restores.length === 0) return <Empty icon="restore" title={t.environment.tabs.restores} text={t.environment.noRestores} />;
  return (
    <ul className="rows">
      {restores.map((one) => (
        <li key={one.id}>
          <Link to="/restores/$id" params={{ id: one.id }} className="task-row">
            <span className="cell-main">
              <span className="row-name">{t.modes[one.mode]}</span>
              {one.error_message && <span className="quiet one-line">{one.error_message}</span>}
            </span>
            <Dot tone={toneOf[one.status] ?? 'busy'}>{t.restoreStatus[one.status]}</Dot>
            <span className="quiet numbers">{duration(one.duration_seconds)}</span>
            <span className="quiet">
              <Ago at={one.created_at} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Details({ one }: { one: Environment }) {
  const containers = [one.containers.odoo, one.containers.pgbouncer, one.containers.db].filter((name) => name !== null);
  return (
    <dl className="facts">
      <Fact label={t.environment.database}>{one.db_name}</Fact>
      <Fact label={t.environment.containers}>
        {containers.map((name) => (
          <div key={name}>
            <code>{name}</code>
          </div>
        ))}
      </Fact>
      <Fact label={t.environment.sinceWhen}>
        <Ago at={one.created_at} />
      </Fact>
      <Fact label="ID">
        <code>{one.id}</code> <Copy value={one.id} />
      </Fact>
    </dl>
  );
}

export function EnvironmentPage() {
  const { id } = useParams({ from: '/environments/$id' });
  const search = useSearch({ from: '/environments/$id' });
  const navigate = useNavigate();
  const me = useQuery(meQuery).data;
  const restore = useRestore();
  const found = useQuery(environmentQuery(id));
  const restores = useQuery(restoresQuery({ environment_id: id })).data?.items ?? [];
  const backups = useInfiniteQuery(backupsQuery({ environment_id: id })).data?.pages[0]?.items ?? [];
  const [backing, setBacking] = useState(false);
  const [importing, setImporting] = useState(false);
  const one = found.data;
  if (found.error && !one) return <ErrorBox error={found.error} onRetry={() => void found.refetch()} />;
  if (!one) return <RowSkeletons />;
  const newest = backups.find(restorable);
  const undoable = restores.find((each) => each.outcome === 'swapped' && each.undo_expires_at);
  const go = (some: EnvironmentSearch) => void navigate({ to: '/environments/$id', params: { id }, search: { ...search, ...some }, replace: true });
  return (
    <>
      <PageHead
        title={one.name}
        about={
          <>
            <EnvironmentStatus status={one.status} /> <TypeTag type={one.environment_type} />
            {one.odoo_version && <span>{t.environments.odoo(one.odoo_version)}</span>}
            <span>
              {t.environment.lastBackup}: <Ago at={backups.find((each) => each.status === 'completed')?.completed_at} />
            </span>
            {one.url && (
              <a href={one.url} target="_blank" rel="noreferrer">
                {t.environment.openOdoo} <Icon name="external" size={14} />
              </a>
            )}
          </>
        }
      >
        {may(me, 'project.backups.create', one.project_id) && (
          <Button variant="default" onClick={() => setBacking(true)}>
            {t.environment.backupNow}
          </Button>
        )}
        {may(me, 'project.backups.restore', one.project_id) && (
          <Button leftSection={<Icon name="restore" size={16} />} disabled={!newest} onClick={() => newest && restore({ backup: newest })}>
            {t.environment.restore}
          </Button>
        )}
      </PageHead>
      {undoable && (
        <div className="bar">
          <span>
            <Link to="/restores/$id" params={{ id: undoable.id }}>
              {t.watch.done}
            </Link>{' '}
            <Ago at={undoable.completed_at} />
          </span>
          <Undo restore={undoable} bar />
        </div>
      )}
      {one.error_message && <p className="sentence">{one.error_message}</p>}
      <Tabs value={search.tab ?? 'backups'} onChange={(tab) => go({ tab: tab === 'backups' ? undefined : (tab ?? undefined) })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="backups">{t.environment.tabs.backups}</Tabs.Tab>
          <Tabs.Tab value="restores">{t.environment.tabs.restores}</Tabs.Tab>
          <Tabs.Tab value="details">{t.environment.tabs.details}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="backups">
          <div className="tools">
            <BackupFilters search={search} onChange={go} />
            {may(me, 'project.backups.create', one.project_id) && (
              <Button variant="default" leftSection={<Icon name="upload" size={16} />} onClick={() => setImporting(true)}>
                {t.backups.import}
              </Button>
            )}
          </div>
          <BackupList filter={{ environment_id: id, ...backupFilter(search) }} emptyText={t.backups.emptyText} />
        </Tabs.Panel>
        <Tabs.Panel value="restores">
          <Restores restores={restores} />
        </Tabs.Panel>
        <Tabs.Panel value="details">
          <Details one={one} />
        </Tabs.Panel>
      </Tabs>
      {backing && <CreateBackup environment={one} onClose={() => setBacking(false)} />}
      <ImportDialog opened={importing} onClose={() => setImporting(false)} projectId={one.project_id ?? undefined} />
    </>
  );
}
