import { Button, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { backupQuery, environmentQuery, meQuery, restoresQuery, serversQuery } from '../api/queries';
import { may } from '../api/rights';
import type { Environment, Restore } from '../api/types';
import { bytes, duration } from '../format';
import { useRestore } from '../restore/provider';
import { Undo } from '../restore/undo';
import { t } from '../text';
import { BackupChart } from '../ui/backup-chart';
import { CreateBackup } from '../ui/backup-create';
import { BackupList } from '../ui/backup-list';
import { nameOf, restorable } from '../ui/backup-names';
import { backupPageQuery } from '../ui/backup-pages';
import { Ago, Copy, Dot, Empty, EnvironmentStatus, Fact, PageHead, RowSkeletons, toneOf, TypeTag } from '../ui/bits';
import { Icon } from '../ui/icons';
import { Trouble } from '../ui/trouble';
import { Import } from '../ui/upload';
import { backupFilter, BackupFilters, isFiltered } from './backups';

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

// "Restored 12 minutes ago from Manual backup. The previous state is kept for 23 h 41 min. Undo"
function UndoBar({ restore }: { restore: Restore }) {
  const backup = useQuery(backupQuery(restore.backup_id)).data;
  return (
    <div className="bar">
      <span>
        <Link to="/restores/$id" params={{ id: restore.id }}>
          {t.environment.restored} <Ago at={restore.completed_at} />
        </Link>
        {backup && (
          <>
            {' '}
            {t.environment.restoredFrom} <em>{nameOf(backup)}</em>.
          </>
        )}
      </span>
      <Undo restore={restore} bar />
    </div>
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
  const backups = useQuery(backupPageQuery({ environment_id: id }, 1)).data?.items ?? [];
  const servers = useQuery(serversQuery).data ?? [];
  const [backing, setBacking] = useState(false);
  const one = found.data;
  if (found.error && !one) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  if (!one) return <RowSkeletons />;
  // A safety backup is what one has just come away from.
  const newest = backups.find((each) => restorable(each) && each.backup_type !== 'pre_restore') ?? backups.find(restorable);
  const completed = backups.find((each) => each.status === 'completed');
  const server = servers.find((each) => each.id === one.server_id);
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
            {server && <span>{server.name}</span>}
            <span>
              {t.environment.lastBackup}: <Ago at={completed?.completed_at} />
              {completed && ` (${bytes(completed.compressed_size)})`}
            </span>
            <span>
              {t.environment.lastProof}: <Ago at={backups.find((each) => each.is_verified)?.verified_at} />
            </span>
            <Link to="/schedules" search={{ environment: id }}>
              {t.environment.tabs.schedule}
            </Link>
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
      {undoable && <UndoBar restore={undoable} />}
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
            <Import projectId={one.project_id ?? undefined} quiet />
          </div>
          {!isFiltered(search) && <BackupChart environmentId={id} />}
          <BackupList
            filter={{ environment_id: id, ...backupFilter(search) }}
            emptyText={t.backups.emptyText}
            onClearFilter={isFiltered(search) ? () => go({ status: undefined, type: undefined }) : undefined}
          />
        </Tabs.Panel>
        <Tabs.Panel value="restores">
          <Restores restores={restores} />
        </Tabs.Panel>
        <Tabs.Panel value="details">
          <Details one={one} />
        </Tabs.Panel>
      </Tabs>
      {backing && <CreateBackup environment={one} onClose={() => setBacking(false)} />}
    </>
  );
}
