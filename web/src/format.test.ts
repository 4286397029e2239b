import { expect, test } from 'vitest';
import { ago, bytes, duration, exact } from './format';

test('sizes have three figures at most and the unit that fits', () => {
  expect(bytes(0)).toBe('0 B');
  expect(bytes(999)).toBe('999 B');
  expect(bytes(1000)).toBe('1 kB');
  expect(bytes(1_234_000_000)).toBe('1.2 GB');
  expect(bytes(999_999)).toBe('1 MB');
  expect(bytes(345_600_000)).toBe('346 MB');
  expect(bytes(null)).toBe('–');
});

test('durations have two parts at most', () => {
  expect(duration(0)).toBe('0 s');
  expect(duration(4.23)).toBe('4.2 s');
  expect(duration(252)).toBe('4 min 12 s');
  expect(duration(240)).toBe('4 min');
  expect(duration(85_260)).toBe('23 h 41 min');
  expect(duration(273_600)).toBe('3 d 4 h');
});

test('times are told from now, and exactly in the zone of the viewer and in UTC', () => {
  const now = Date.parse('2024-12-11T11:00:00Z');
  expect(ago('2024-12-11T10:48:00Z', now)).toBe('12 minutes ago');
  expect(ago('2024-12-10T11:00:00Z', now)).toBe('yesterday');
  expect(exact('2024-12-11T11:00:00.123Z')).toContain('2024-12-11 11:00:00 UTC');
});
