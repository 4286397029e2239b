import type { Snapshot } from '../api/types';
import { moment } from '../format';
import { s } from '../text/snapshots';
import type { Tone } from '../ui/bits';

export const momentOf = (one: Snapshot) => moment(one.taken_at ?? one.created_at);

export const nameOf = (one: Snapshot) => one.name || s.of(momentOf(one));

export const isOnItsWay = (one: Snapshot) => one.status === 'taking' || one.status === 'removing';

const isShown = (one: Snapshot) => isOnItsWay(one) || one.status === 'kept' || one.can_roll_back;
const byAge = (a: Snapshot, b: Snapshot) => Date.parse(b.created_at) - Date.parse(a.created_at);

// Those that stand, come or go, newest first.
export const shown = (all: Snapshot[]) => all.filter(isShown).sort(byAge);

// How many count for what an environment may keep: those of rollbacks do not.
export const counted = (all: Snapshot[]) => all.filter((one) => isShown(one) && one.origin !== 'before_rollback').length;

// Why it is there. `to` is the one that became live instead of it.
export function whyOf(one: Snapshot, to?: Snapshot): string {
  if (one.origin === 'after_restore') return s.afterRestore;
  if (one.origin === 'before_rollback') return s.beforeRollback(to ? nameOf(to) : '…');
  return one.created_by ? s.takenBy(one.created_by) : s.taken;
}

export function stateOf(one: Snapshot): { tone: Tone; text: string } {
  if (one.status === 'taking') return { tone: 'busy', text: one.origin === 'before_rollback' ? s.states.rollingBack : s.states.taking };
  if (one.status === 'removing') return { tone: 'busy', text: s.states.removing };
  return one.status === 'kept' ? { tone: 'good', text: s.states.kept } : { tone: 'attention', text: s.states.left };
}

// The last rollback, while what it replaced is kept.
export const lastRollback = (all: Snapshot[]) => shown(all).find((one) => one.origin === 'before_rollback' && one.status === 'kept');

const fresh = 3600_000; // so long a failure is told

// What failed within the last hour, as long as nothing was taken or rolled back to since. That somebody cancelled it
// is no failure.
export function lastFailure(all: Snapshot[], now: number): Snapshot | undefined {
  const endOf = (one: Snapshot) => Date.parse(one.ended_at ?? '');
  const failed = all.filter((one) => one.status === 'failed' && one.error_code !== 'cancelled' && endOf(one) > now - fresh).sort((a, b) => endOf(b) - endOf(a))[0];
  if (!failed || all.some((one) => one.status === 'kept' && Date.parse(one.taken_at ?? '') > endOf(failed))) return undefined;
  return failed;
}

// What was being done to it.
export function failureOf(one: Snapshot): string {
  if (one.origin === 'before_rollback' && !one.taken_at) return one.can_roll_back ? s.failed.rollbackLeft : s.failed.rollback;
  return one.taken_at ? s.failed.removing : s.failed.taking;
}
