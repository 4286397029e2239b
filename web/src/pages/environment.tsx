import { Alert, Button, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { backupQuery, environmentQuery, meQuery, restoresQuery, serversQuery } from '../api/queries';
import { may } from '../api/rights';
import type { Restore } from '../api/types';
import { bytes } from '../format';
import { useRestore } from '../restore/provider';
import { Undo } from '../restore/undo';
import { t } from '../text';
import { BackupChart } from '../ui/backup-chart';
import { CreateBackup } from '../ui/backup-create';
import { BackupList } from '../ui/backup-list';
import { nameOf, restorable } from '../ui/backup-names';
import { backupPageQuery } from '../ui/backup-pages';
import { Ago, EnvironmentStatus, PageHead, RowSkeletons, TypeTag } from '../ui/bits';
import { Icon } from '../ui/icons';
import { Trouble } from '../ui/trouble';
import { Import } from '../ui/upload';
import { backupFilter, BackupFilters, isFiltered } from './backups';
import { Points, Restores } from './environment-restores';

// What most visits do not ask for comes when it is asked for.
const OpenMounts = lazy(() => import('../rescue/open-mounts').then((all) => ({ default: all.OpenMounts })));
const Schedule = lazy(() => import('./environment-schedule').then((all) => ({ default: all.EnvironmentSchedule })));
const Settings = lazy(() => import('./environment-settings').then((all) => ({ default: all.EnvironmentSettings })));

export interface EnvironmentSearch {
  tab?: string;
  status?: string;
  type?: string;
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
  const gone = one.status === 'deleted';
  const schedules = !gone && may(me, 'project.schedules.view', one.project_id);
  // Whatever an address asks for, one of the tabs is shown.
  const tab = ['restores', 'points', schedules && 'schedule', 'settings'].find((each) => each && each === search.tab) || 'backups';
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
            {one.expires_at && !gone && (
              <span>
                {t.environment.temporary} <Ago at={one.expires_at} />
              </span>
            )}
            <span>
              {t.environment.lastBackup}: <Ago at={completed?.completed_at} />
              {completed && ` (${bytes(completed.compressed_size)})`}
            </span>
            <span>
              {t.environment.lastProof}: <Ago at={backups.find((each) => each.is_verified)?.verified_at} />
            </span>
            {one.url && (
              <a href={one.url} target="_blank" rel="noreferrer">
                {t.environment.openOdoo} <Icon name="external" size={14} />
              </a>
            )}
          </>
        }
      >
        {!gone && may(me, 'project.backups.create', one.project_id) && (
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
      {gone && (
        <Alert color="gray" variant="light" mb="md">
          {t.environment.notThere}
        </Alert>
      )}
      {undoable && tab !== 'points' && <UndoBar restore={undoable} />}
      <Suspense>
        <OpenMounts filter={{ environment_id: id }} />
      </Suspense>
      {one.error_message && <p className="sentence">{one.error_message}</p>}
      <Tabs value={tab} onChange={(next) => go({ tab: next === 'backups' ? undefined : (next ?? undefined) })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="backups">{t.environment.tabs.backups}</Tabs.Tab>
          <Tabs.Tab value="restores">{t.environment.tabs.restores}</Tabs.Tab>
          <Tabs.Tab value="points">{t.environment.tabs.points}</Tabs.Tab>
          {schedules && <Tabs.Tab value="schedule">{t.environment.tabs.schedule}</Tabs.Tab>}
          <Tabs.Tab value="settings">{t.environment.tabs.settings}</Tabs.Tab>
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
        <Tabs.Panel value="points">
          <Points environment={one} restores={restores} />
        </Tabs.Panel>
        {schedules && (
          <Tabs.Panel value="schedule">
            <Suspense fallback={<RowSkeletons />}>
              <Schedule environmentId={id} />
            </Suspense>
          </Tabs.Panel>
        )}
        <Tabs.Panel value="settings">
          <Suspense fallback={<RowSkeletons />}>
            <Settings environment={one} server={server} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
      {backing && <CreateBackup environment={one} onClose={() => setBacking(false)} />}
    </>
  );
}
