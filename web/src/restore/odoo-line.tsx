import type { Restore } from '../api/types';
import { duration, secondsBetween } from '../format';
import { t } from '../text';
import { Dot } from '../ui/bits';
import { isOver } from './live';

interface Away {
  from: number;
  to: number | null; // null: still
}

// When Odoo did not serve: from the swap on until it answered again.
function awayOf(restore: Restore): Away | null {
  const step = (name: string) => restore.steps.find((one) => one.name === name);
  const swap = step('swap');
  if (restore.is_new_environment || !swap?.started_at || swap.state === 'undone') return null;
  const back = step('start')?.completed_at ?? (isOver(restore) ? (restore.completed_at ?? swap.completed_at) : null);
  return { from: Date.parse(swap.started_at), to: back ? Date.parse(back) : null };
}

// A thin line over the time of the restore: serving, restarting, serving.
export function OdooLine({ restore, now }: { restore: Restore; now: number }) {
  const begun = Date.parse(restore.started_at ?? restore.created_at);
  const end = restore.completed_at ? Date.parse(restore.completed_at) : Math.max(now, begun + 1000);
  const away = awayOf(restore);
  const isNew = restore.is_new_environment;
  const serves = isNew ? restore.status === 'completed' : !away || away.to !== null;
  const text = serves ? t.watch.serving : isNew ? t.watch.notYet : t.watch.restarting;
  const share = (at: number) => `${Math.min(100, Math.max(0, ((at - begun) / (end - begun)) * 100))}%`;
  const took = away?.to ? secondsBetween(new Date(away.from).toISOString(), away.to) : null;
  return (
    <div className="odoo-line">
      <span className="quiet">{t.watch.odoo}</span>
      <Dot tone={serves ? 'good' : isNew ? 'quiet' : 'attention'}>{text}</Dot>
      {took !== null && <span className="quiet numbers">{t.watch.restartedFor(duration(restore.downtime_seconds ?? took))}</span>}
      <div className={isNew ? 'odoo-time odoo-none' : 'odoo-time'} role="img" aria-label={t.watch.odooSaid(text)}>
        {away && <span style={{ left: share(away.from), right: `calc(100% - ${share(away.to ?? end)})` }} />}
      </div>
    </div>
  );
}
