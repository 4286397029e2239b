import { expect, test } from 'vitest';
import type { Backup } from '../api/types';
import { canBeMasked, changed, firstChoices, isChosen, isMadeSafe, planOf, requestOf } from './choices';

const backup = {
  id: 'b',
  environment_id: 'shop',
  project_id: 'p',
  include_filestore: true,
  environment_snapshot: { name: 'shop', environment_type: 'production', odoo_version: '14.0' },
} as Backup;
const choices = firstChoices(backup);

test('production data is made safe wherever it is not production', () => {
  expect(isMadeSafe(backup, choices, 'staging')).toBe(true);
  expect(isMadeSafe(backup, choices, 'production')).toBe(false);
  expect(isMadeSafe(backup, { ...choices, safeCopy: false }, 'staging')).toBe(false);
});

test('a mode needs its own fields before one can go on', () => {
  expect(isChosen(choices)).toBe(false);
  expect(isChosen({ ...choices, mode: 'original' })).toBe(true);
  expect(isChosen({ ...choices, mode: 'existing' })).toBe(false);
  expect(isChosen({ ...choices, mode: 'existing', environmentId: 'x' })).toBe(true);
  expect(isChosen({ ...choices, mode: 'new', name: ' ' })).toBe(false);
  expect(isChosen({ ...choices, mode: 'cross_server' })).toBe(false);
});

test('a request holds the fields of its mode and no others', () => {
  expect(requestOf(backup, { ...choices, mode: 'original' }, 'RESTORE', 'k')).toEqual({
    backup_id: 'b',
    target: { mode: 'original' },
    create_pre_restore_backup: true,
    include_filestore: true,
    confirm: 'RESTORE',
    idempotency_key: 'k',
  });
  const fresh = requestOf(backup, { ...choices, mode: 'new', name: ' copy ', environmentId: 'left over' }, 'RESTORE', 'k');
  expect(fresh.target).toEqual({ mode: 'new', new_environment: { name: 'copy', environment_type: 'staging', server_id: null } });
  expect(fresh.create_pre_restore_backup).toBe(false);
});

test('a new environment removes itself when that was chosen, but never a production', () => {
  const fresh = { ...choices, mode: 'new' as const, lifetime: 240 };
  expect(planOf(backup, fresh).target.new_environment).toHaveProperty('expires_in_minutes', 240);
  expect(planOf(backup, { ...fresh, type: 'production' }).target.new_environment).not.toHaveProperty('expires_in_minutes');
});

test('what is planned is what is ordered', () => {
  const chosen = { ...choices, mode: 'existing' as const, environmentId: 'x', safeCopy: false, runAt: '2030-01-02T03:04' };
  const { confirm, idempotency_key: key, ...rest } = requestOf(backup, chosen, 'RESTORE', 'k');
  expect(rest).toEqual(planOf(backup, chosen));
  expect([confirm, key]).toEqual(['RESTORE', 'k']);
  expect(rest.run_at).toBe(new Date('2030-01-02T03:04').toISOString());
});

test('what is masked is ordered as it was chosen, and none of it is a choice too', () => {
  const there = { ...choices, mode: 'existing' as const, environmentId: 'x' };
  expect(planOf(backup, there)).not.toHaveProperty('mask');
  expect(planOf(backup, { ...there, mask: [] }).mask).toEqual([]);
  expect(planOf(backup, { ...there, mask: ['users'] }).mask).toEqual(['users']);
});

test('what is masked is chosen for one place', () => {
  const there = { ...choices, mode: 'existing' as const, environmentId: 'x', mask: ['users' as const] };
  expect(changed(there, { safety: false }).mask).toEqual(['users']);
  expect(changed(there, { environmentId: 'y' }).mask).toBeNull();
  expect(changed(there, { mode: 'original' }).mask).toBeNull();
  expect(canBeMasked('original', 'staging') || canBeMasked('existing', 'production')).toBe(false);
  expect(canBeMasked('new', 'staging')).toBe(true);
});
