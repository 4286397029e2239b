import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Backup, Environment, Restore } from '../api/types';
import { count, duration } from '../format';
import { t } from '../text';
import { Fact } from '../ui/bits';
import { save } from '../ui/download';
import { Icon } from '../ui/icons';
import { toastError } from '../ui/toast';
import { Undo } from './undo';

interface Report {
  database?: { tables: number; rows_compared: boolean };
  filestore?: { files: number; missing: number };
  registry?: { odoo_version: string };
  neutralized?: boolean;
  safe_copy?: { changes?: { rows: number }[] };
}

// What was proven, in the words of a person.
export function provenLines(proof: unknown): string[] {
  const { database, filestore, registry, neutralized, safe_copy } = (proof ?? {}) as Report;
  const lines: string[] = [];
  if (filestore) lines.push(t.watch.proofFiles(count(filestore.files), count(filestore.missing)));
  if (database) lines.push(`${t.watch.proofTables(count(database.tables))}${database.rows_compared ? `, ${t.watch.proofRows}` : ''}`);
  if (registry) lines.push(t.watch.proofRegistry(registry.odoo_version));
  if (neutralized) lines.push(t.watch.proofNeutralized);
  const masked = safe_copy?.changes ?? [];
  if (masked.length > 0) lines.push(t.watch.proofMasked(count(masked.reduce((sum, one) => sum + one.rows, 0)), count(masked.length)));
  return lines;
}

export function DoneCard({ restore, target, safety }: { restore: Restore; target: Environment | undefined; safety: Backup | undefined }) {
  const undone = restore.outcome === 'undone';
  const proven = provenLines(restore.proof);
  const url = target?.url;
  return (
    <section className={undone ? 'card card-quiet' : 'card card-good'} aria-label={t.watch.done}>
      <h2>{undone ? t.watch.undone : `${t.watch.done} ${t.watch.doneIn(duration(restore.duration_seconds))}`}</h2>
      <dl className="facts">
        <Fact label={t.watch.downtime}>
          <span className="numbers">{restore.downtime_seconds ? duration(restore.downtime_seconds) : t.watch.noDowntime}</span>
        </Fact>
        {target && (
          <Fact label={t.watch.target}>
            <Link to="/environments/$id" params={{ id: target.id }}>
              {target.name}
            </Link>
          </Fact>
        )}
        {restore.pre_restore_backup_id && (
          <Fact label={t.watch.safety}>
            <Link to="/backups" search={{ show: restore.pre_restore_backup_id }}>
              {safety?.name || restore.pre_restore_backup_id.slice(0, 8)}
            </Link>
          </Fact>
        )}
      </dl>
      {proven.length > 0 && (
        <div>
          <p className="field-label">{t.watch.proven}</p>
          <ul className="chips">
            {proven.map((line) => (
              <li key={line}>
                <Icon name="check" size={14} /> {line}
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className="card-actions">
        {url && !undone && (
          <Button component="a" href={url} target="_blank" rel="noreferrer" leftSection={<Icon name="external" size={16} />}>
            {t.watch.openOdoo}
          </Button>
        )}
        {restore.proof && (
          <Button variant="default" leftSection={<Icon name="download" size={16} />} onClick={() => void save(`/api/v1/backups/restore/${restore.id}/proof`, `proof-${restore.id}.json`).catch(toastError)}>
            {t.watch.proof}
          </Button>
        )}
      </div>
      <Undo restore={restore} />
    </section>
  );
}
