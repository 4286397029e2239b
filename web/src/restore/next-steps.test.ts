import { expect, test } from 'vitest';
import type { Restore } from '../api/types';
import { t } from '../text';
import { adviceFor, nextSteps, partsOf, tellingLines } from './next-steps';

const restore = (some: Partial<Restore>) => ({ outcome: 'target_untouched', is_new_environment: false, error_code: null, ...some }) as Restore;

test('every error has two steps at most, and an advice of its own where it has steps of its own', () => {
  for (const code of ['unhealthy', 'backup_not_available', 'load_failed', 'timeout', 'no_space', 'permission_denied'] as const) {
    const failed = restore({ error_code: code });
    expect(nextSteps(failed).length).toBeLessThanOrEqual(2);
    expect(t.advice[adviceFor(failed)], code).toBeTruthy();
  }
});

test('an error that nobody thought of can be tried again', () => {
  expect(nextSteps(restore({ error_code: 'internal' }))).toEqual(['again', 'other_backup']);
});

test('where the new data is live and does not serve, the former state comes first', () => {
  const broken = restore({ error_code: 'unhealthy', outcome: 'swapped', pre_restore_backup_id: 'b' });
  expect(nextSteps(broken)[0]).toBe('safety');
  expect(adviceFor(broken)).toBe('left_broken');
});

test('a new environment is not offered where one was to be made', () => {
  expect(nextSteps(restore({ error_code: 'incompatible', is_new_environment: true }))).toEqual(['other_backup']);
});

test('the sentence comes before the log, and the lines that tell are picked out of it', () => {
  const { sentence, log } = partsOf('Odoo did not become healthy. Its last log lines:\n2024 INFO fine\n2024 CRITICAL db Failed\nTraceback (most recent call last):\n  File "x"\nValueError: bad\n\n');
  expect(sentence).toBe('Odoo did not become healthy. Its last log lines:');
  expect(log).toHaveLength(5);
  expect(tellingLines(log)).toEqual(['2024 CRITICAL db Failed', 'ValueError: bad']);
  expect(partsOf('just so')).toEqual({ sentence: 'just so', log: [] });
});
