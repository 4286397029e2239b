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

const zoned = new Map<string, Intl.DateTimeFormat>();
// A moment by the clock of another zone, for schedules: they have a zone of their own.
export function inZone(iso: string, timeZone: string): string {
  let format = zoned.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZoneName: 'short', timeZone });
    zoned.set(timeZone, format);
  }
  return format.format(new Date(iso));
}

const dayOnly = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
// A calendar day such as 2024-12-11, whatever the zone.
export const dayOf = (day: string) => dayOnly.format(new Date(`${day}T00:00:00Z`));

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

// The server's sentences about details begin as parts of longer ones do.
export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const unitLong = (unit: string) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' });
// "4 hours", "1 day", "7 days".
export const spanOf = (minutes: number) => (minutes % 1440 === 0 ? unitLong('day').format(minutes / 1440) : unitLong('hour').format(minutes / 60));
