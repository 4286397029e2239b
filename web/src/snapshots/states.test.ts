import { expect, test } from 'vitest';
import type { Snapshot } from '../api/types';
import { counted, failureOf, lastFailure, lastRollback, nameOf, shown, stateOf, whyOf } from './states';

const hour = 3600_000;
const at = (hours: number) => new Date(hours * hour).toISOString();
const snapshot = (some: Partial<Snapshot>) =>
  ({
    id: 'a',
    name: '',
    origin: 'manual',
    status: 'kept',
    can_roll_back: some.status === undefined || some.status === 'kept',
    created_by: null,
    created_at: at(1),
    taken_at: null,
    ended_at: null,
    error_code: null,
    ...some,
  }) as Snapshot;

test('what stands, comes or goes is shown, newest first', () => {
  const all = [
    snapshot({ id: 'old' }),
    snapshot({ id: 'failed', status: 'failed' }),
    snapshot({ id: 'left', status: 'failed', origin: 'before_rollback', can_roll_back: true, created_at: at(2) }),
    snapshot({ id: 'used', status: 'used' }),
    snapshot({ id: 'removed', status: 'removed' }),
    snapshot({ id: 'coming', status: 'taking', created_at: at(4) }),
    snapshot({ id: 'going', status: 'removing', created_at: at(3) }),
  ];
  expect(shown(all).map((one) => one.id)).toEqual(['coming', 'going', 'left', 'old']);
  expect(shown(all).map((one) => stateOf(one).tone)).toEqual(['busy', 'busy', 'attention', 'good']);
  expect(counted(all)).toBe(3);
});

test('it is called by its name, else by the moment that it is a copy of', () => {
  expect(nameOf(snapshot({ name: 'before' }))).toBe('before');
  const unnamed = nameOf(snapshot({ taken_at: at(24 * 400) }));
  expect(unnamed).toContain('1971');
  expect(nameOf(snapshot({ created_at: at(24 * 400) }))).toBe(unnamed);
});

test('why it is there is told of each kind', () => {
  expect(whyOf(snapshot({ created_by: 'Pat' }))).toContain('Pat');
  expect(whyOf(snapshot({}))).not.toContain('null');
  expect(whyOf(snapshot({ origin: 'after_restore', created_by: 'Pat' }))).not.toContain('Pat');
  expect(whyOf(snapshot({ origin: 'before_rollback' }), snapshot({ name: 'that one' }))).toContain('that one');
});

test('a rollback is under way until what it replaces is kept', () => {
  const one = snapshot({ origin: 'before_rollback', status: 'taking' });
  expect(stateOf(one).text).not.toBe(stateOf(snapshot({ status: 'taking' })).text);
  expect(lastRollback([one])).toBeUndefined();
  const kept = snapshot({ id: 'kept', origin: 'before_rollback', created_at: at(3) });
  expect(lastRollback([snapshot({ origin: 'before_rollback' }), kept, snapshot({ created_at: at(5) })])?.id).toBe('kept');
});

test('a failure is told for an hour, unless something worked since or somebody wished it', () => {
  const failed = snapshot({ id: 'failed', status: 'failed', ended_at: at(2), error_code: 'no_space' });
  expect(lastFailure([failed, snapshot({ taken_at: at(1) })], 2.5 * hour)?.id).toBe('failed');
  expect(lastFailure([failed], 3.5 * hour)).toBeUndefined();
  expect(lastFailure([failed, snapshot({ taken_at: at(2.2) })], 2.5 * hour)).toBeUndefined();
  expect(lastFailure([{ ...failed, error_code: 'cancelled' }], 2.5 * hour)).toBeUndefined();
});

test('what failed is the taking, the rollback or the removal', () => {
  const failed = { status: 'failed', ended_at: at(2) } as const;
  const texts = [snapshot(failed), snapshot({ ...failed, origin: 'before_rollback' }), snapshot({ ...failed, taken_at: at(1) })].map(failureOf);
  texts.push(failureOf(snapshot({ ...failed, origin: 'before_rollback', can_roll_back: true })));
  expect(new Set(texts).size).toBe(4);
  expect(failureOf(snapshot({ ...failed, origin: 'before_rollback', taken_at: at(1) }))).toBe(texts[2]);
});
