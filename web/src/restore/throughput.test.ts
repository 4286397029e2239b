import { expect, test } from 'vitest';
import type { TaskEvent } from '../api/types';
import { type Sample, sampleOf, throughput } from './throughput';

const sizes = { load_database: 1000, stage_filestore: 4000 };
const at = (seconds: number, step: string, percent: number): Sample => ({ at: seconds * 1000, step, percent });

test('nothing moved is no curve', () => {
  expect(throughput([], sizes, 5000)).toBeNull();
  expect(throughput([at(0, 'load_database', 0)], sizes, 5000)).toBeNull();
});

test('an even pace is a flat line of bytes per second', () => {
  const found = throughput([at(0, 'load_database', 0), at(5, 'load_database', 50), at(10, 'load_database', 100)], sizes, 10_000, 10)!;
  for (const rate of found.rates) expect(rate).toBeCloseTo(100);
  expect(found.peak).toBeCloseTo(100);
  expect(found.average).toBeCloseTo(100);
  expect(found.now).toBeCloseTo(100);
});

test('steps that run at once add up, and all bytes are in the curve', () => {
  const found = throughput([at(0, 'load_database', 0), at(0, 'stage_filestore', 0), at(10, 'stage_filestore', 100), at(10, 'load_database', 100)], sizes, 10_000, 10)!;
  expect(found.rates.reduce((sum, rate) => sum + rate, 0)).toBeCloseTo(5000);
});

test('a step that begins anew moves nothing until it is where it was', () => {
  const found = throughput([at(0, 'load_database', 0), at(2, 'load_database', 60), at(3, 'load_database', 0), at(4, 'load_database', 60), at(6, 'load_database', 100)], sizes, 6000, 6)!;
  expect(found.rates[2]).toBeCloseTo(0);
  expect(found.rates.every((rate) => rate >= 0)).toBe(true);
  expect(found.rates.reduce((sum, rate) => sum + rate, 0)).toBeCloseTo(1000);
});

test('nothing for a while is a rate of zero now', () => {
  const found = throughput([at(0, 'load_database', 0), at(2, 'load_database', 50)], sizes, 20_000)!;
  expect(found.now).toBeCloseTo(0);
});

test('events of other steps and of the log are no samples', () => {
  const event = { at: '2024-12-11T11:00:00Z', step: 'load_database', step_percent: 40 } as TaskEvent;
  expect(sampleOf({ ...event, type: 'task.progress' }, sizes)).toMatchObject({ step: 'load_database', percent: 40 });
  expect(sampleOf({ ...event, type: 'task.step', state: 'done' }, sizes)?.percent).toBe(100);
  expect(sampleOf({ ...event, type: 'task.log' }, sizes)).toBeNull();
  expect(sampleOf({ ...event, step: 'prove', type: 'task.progress' }, sizes)).toBeNull();
});
