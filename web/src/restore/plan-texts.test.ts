import { expect, test } from 'vitest';
import type { PlanCheck, RestorePlan } from '../api/types';
import { listOf, lossSentences, volumesOf } from './plan-texts';

const model = (name: string, created: number | null, label = name) => ({ model: name, label, created, changed: 0, last: null });
const losses = { basis: 'newer' as const, since: null, complete: true, records_created: 0, records_changed: 0, models: [] };
const plan = (some: Partial<RestorePlan['losses']>) => ({ target_environment_name: 'shop', losses: { ...losses, ...some } }) as unknown as RestorePlan;

test('what most is lost of comes first, and unknown kinds keep the name that the server gave', () => {
  const models = [model('account.move', 3), model('mail.message', 312), model('sale.order', 14), model('x.custom', 7, 'gadgets'), model('res.users', 0)];
  expect(listOf({ ...losses, models })).toBe('312 messages, 14 sales orders, 7 gadgets and 3 invoices and journal entries');
  expect(listOf({ ...losses, models }, 1)).toBe('312 messages');
  expect(listOf(losses)).toBe('');
});

test('every basis says what is lost', () => {
  expect(lossSentences(plan({ basis: 'nothing' }))).toEqual([]);
  expect(lossSentences(plan({}))).toEqual(['Nothing was entered since then.']);
  expect(lossSentences(plan({ complete: false }))[0]).toContain('could not be counted');
  expect(lossSentences(plan({ basis: 'unknown' }))[0]).toContain('could not be counted');
  expect(lossSentences(plan({ basis: 'everything', models: [model('sale.order', 2)] }))[0]).toContain('2 sales orders');
  expect(lossSentences(plan({ models: [model('sale.order', 2)], records_changed: 5 }))).toHaveLength(2);
});

test('the room of each volume is read out of its check', () => {
  const checks = [{ name: 'space', details: { volumes: [{ holds: 'database', container: 'x', needed_bytes: 5, free_bytes: 9, reserved_bytes: 3 }] } }] as unknown as PlanCheck[];
  expect(volumesOf(checks)).toEqual([{ holds: 'database', needed: 5, free: 6 }]);
  expect(volumesOf([])).toEqual([]);
});
