import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { backupQuery, meQuery } from '../api/queries';
import { may } from '../api/rights';
import type { Environment, Restore } from '../api/types';
import { duration } from '../format';
import { Undo } from '../restore/undo';
import { t } from '../text';
import { BackupList } from '../ui/backup-list';
import { nameOf } from '../ui/backup-names';
import { Ago, Dot, Empty, Panel, RowSkeletons, toneOf } from '../ui/bits';

const Snapshots = lazy(() => import('../snapshots/section').then((all) => ({ default: all.Snapshots })));

const keepsFormer = (one: Restore) => one.outcome === 'swapped' && one.undo_expires_at !== null && Date.parse(one.undo_expires_at) > Date.now();

// How it ended, and not only that it did.
function Ending({ one }: { one: Restore }) {
  if (one.outcome === 'undone' || one.outcome === 'rolled_back') return <Dot tone={toneOf[one.outcome]!}>{t.environment.ending[one.outcome]}</Dot>;
  return <Dot tone={toneOf[one.status] ?? 'busy'}>{t.restoreStatus[one.status]}</Dot>;
}

export function Restores({ restores }: { restores: Restore[] }) {
  if (restores.length === 0) return <Empty icon="restore" title={t.environment.tabs.restores} text={t.environment.noRestores} />;
  return (
    <ul className="rows">
      {restores.map((one) => (
        <li key={one.id}>
          <Link to="/restores/$id" params={{ id: one.id }} className="task-row">
            <span className="cell-main">
              <span className="row-name">{t.modes[one.mode]}</span>
              {one.error_message && (
                <span className="quiet one-line" lang="en">
                  {one.error_message}
                </span>
              )}
              {keepsFormer(one) && <span className="quiet">{t.environment.undoOpen}</span>}
            </span>
            <Ending one={one} />
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

function Former({ restore }: { restore: Restore }) {
  const backup = useQuery(backupQuery(restore.backup_id)).data;
  return (
    <li className="former">
      <span className="cell-main">
        <Link to="/restores/$id" params={{ id: restore.id }} className="row-name">
          {t.environment.formerOf} <Ago at={restore.completed_at} />
        </Link>
        {backup && <span className="quiet">{t.environment.replacedBy(nameOf(backup))}</span>}
      </span>
      <Undo restore={restore} bar />
    </li>
  );
}

// All that leads back: snapshots, the states before restores that are still in their place, and the safety backups.
export function Points({ environment, restores }: { environment: Environment; restores: Restore[] }) {
  const me = useQuery(meQuery).data;
  const kept = restores.filter(keepsFormer);
  return (
    <>
      {environment.status !== 'deleted' && may(me, 'project.backups.view', environment.project_id) && (
        <Suspense fallback={<RowSkeletons rows={2} />}>
          <Snapshots environment={environment} />
        </Suspense>
      )}
      <Panel title={t.environment.formerTitle}>
        <p className="quiet panel-text">{t.environment.formerText}</p>
        {kept.length > 0 ? (
          <ul className="rows">
            {kept.map((one) => (
              <Former key={one.id} restore={one} />
            ))}
          </ul>
        ) : (
          <Dot tone="quiet">{t.environment.noFormer}</Dot>
        )}
      </Panel>
      <h2 className="small-title">{t.environment.safetyTitle}</h2>
      <BackupList filter={{ environment_id: environment.id, backup_type: 'pre_restore' }} emptyTitle={t.environment.noSafety} emptyText={t.environment.noSafetyText} />
    </>
  );
}
