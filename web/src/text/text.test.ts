import { expect, test } from 'vitest';
import { de } from './de';
import { en } from './en';
import { mounts as deMounts } from './mounts-de';
import { mounts as enMounts } from './mounts-en';
import { snapshots as deSnapshots } from './snapshots-de';
import { snapshots as enSnapshots } from './snapshots-en';
import { pick } from '.';

type Node = string | ((...words: never[]) => string) | { [key: string]: Node };

function pairs(first: Node, second: Node, path = ''): [string, Node, Node][] {
  if (typeof first !== 'object' || typeof second !== 'object') return [[path, first, second]];
  return Object.keys(first).flatMap((key) => pairs(first[key]!, second[key]!, `${path}.${key}`));
}

const all = pairs({ ...en, mounts: enMounts, snapshots: enSnapshots } as Node, { ...de, mounts: deMounts, snapshots: deSnapshots } as Node);

test('a text tells in every language all that it is given', () => {
  const givens = ['«1»', '«2»', '«3»'];
  for (const [path, english, german] of all) {
    if (typeof english !== 'function' || typeof german !== 'function') continue;
    const told = english(...(givens as never[]));
    for (const given of givens.filter((one) => told.includes(one))) expect(german(...(givens as never[])), path).toContain(given);
  }
});

test('no text is empty, or left in English by mistake', () => {
  for (const [path, english, german] of all) {
    expect(german, path).not.toBe('');
    if (typeof english === 'string' && english.split(' ').length > 2) expect(german, path).not.toBe(english);
  }
});

test('the reader is called by a capital Sie', () => {
  const texts = JSON.stringify([de, deMounts, deSnapshots], (_, value: unknown) => (typeof value === 'function' ? String(value) : value));
  expect(texts).not.toMatch(/\b(du|dein|deine|deinen|deiner|dich|dir)\b/i);
});

test('the language is the chosen one, else the first known one of the browser, else English', () => {
  expect(pick('de', ['en-GB'])).toBe('de');
  expect(pick(null, ['fr-FR', 'de-AT', 'en'])).toBe('de');
  expect(pick('xx', ['pt'])).toBe('en');
  expect(pick('constructor', [])).toBe('en');
});
