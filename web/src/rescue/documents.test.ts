import { expect, test } from 'vitest';
import { isBack, isUnmountable, outcomeOf, stateOf, toneOfState } from './documents';

test('a document is told by what the live environment has of it', () => {
  const states = (['same', 'missing', 'other'] as const).flatMap((live_row) => [true, false].map((has_live_file) => stateOf({ live_row, has_live_file })));
  expect(states).toEqual(['there', 'fileMissing', 'rowMissing', 'bothMissing', 'changed', 'changedFileMissing']);
  expect(states.map(toneOfState)).toEqual(['good', 'attention', 'attention', 'attention', 'quiet', 'attention']);
});

test('a mount can be unmounted as long as something of it stands and no task works on it', () => {
  const statuses = ['mounting', 'mounted', 'unmounting', 'ended', 'failed'] as const;
  expect(statuses.filter((status) => isUnmountable({ status, database_name: 'shop__r1_1' }))).toEqual(['mounted', 'failed']);
  expect(isUnmountable({ status: 'failed', database_name: null })).toBe(false);
});

test('a document is back when its row and its content are', () => {
  expect(isBack({ row: 'same_id', file: 'brought' })).toBe(true);
  expect(isBack({ row: 'there', file: 'none' })).toBe(true);
  expect(isBack({ row: 'there', file: 'damaged' })).toBe(false);
  expect(isBack({ row: 'failed', file: 'there' })).toBe(false);
});

test('what came of a document names the id that it has now when that is a new one', () => {
  const one = { id: 4, name: 'a.pdf', live_id: 4711, error: null };
  expect(outcomeOf({ ...one, row: 'new_id', file: 'there' })).toContain('4711');
  expect(outcomeOf({ ...one, live_id: 4, row: 'same_id', file: 'brought' })).not.toContain('4');
  expect(outcomeOf({ ...one, live_id: null, row: 'failed', file: 'none', error: 'no' })).toBe('did not come back');
});
