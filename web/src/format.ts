import { locale } from './text';

const number = new Intl.NumberFormat(locale);
const oneDigit = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

export const count = (value: number) => number.format(value);

// As the product page writes sizes: "1.2 GB".
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let rest = value;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    ++unit;
  }
  return `${unit === 0 || rest >= 100 ? number.format(Math.round(rest)) : oneDigit.format(rest)} ${units[unit]}`;
}

// "8 s", "4 min 12 s", "23 h 41 min", "3 d 4 h": two parts at most.
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 10 && seconds % 1 !== 0) return `${oneDigit.format(seconds)} s`;
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

export function secondsBetween(from: string | null, to: string | null | number): number | null {
  if (!from || to === null) return null;
  return (new Date(to).getTime() - new Date(from).getTime()) / 1000;
}

const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const exactLocal = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' });

export const moment = (iso: string) => dateTime.format(new Date(iso));
// Both of the zones that people at the phone talk about.
export const exact = (iso: string) => `${exactLocal.format(new Date(iso))}\n${iso.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} UTC`;

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
export function ago(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [60, 'second'],
    [3600, 'minute'],
    [86400, 'hour'],
    [86400 * 30, 'day'],
    [86400 * 365, 'month'],
  ];
  const sizes: Record<string, number> = { second: 1, minute: 60, hour: 3600, day: 86400, month: 86400 * 30, year: 86400 * 365 };
  const unit = steps.find(([limit]) => Math.abs(seconds) < limit)?.[1] ?? 'year';
  return relative.format(Math.round(seconds / sizes[unit]!), unit);
}
