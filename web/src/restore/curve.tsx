import { useMemo } from 'react';
import type { NumberedEvent } from '../api/stream';
import type { Backup } from '../api/types';
import { bytes, duration } from '../format';
import { t } from '../text';
import { type Sample, sampleOf, throughput } from './throughput';

const width = 480;
const height = 96;

// Bytes of database and files per second, as far as the steps told how far they had come.
export function Curve({ events, backup, until, live }: { events: NumberedEvent[]; backup: Backup; until: number; live: boolean }) {
  const { database_size: database, filestore_size: filestore } = backup;
  const samples = useMemo(() => {
    const sizes = { load_database: database, stage_filestore: filestore };
    return events.map((event) => sampleOf(event, sizes)).filter((one): one is Sample => one !== null);
  }, [events, database, filestore]);
  const found = throughput(samples, { load_database: database, stage_filestore: filestore }, live ? until : 0);
  if (!found) return null;
  const rate = (amount: number) => t.watch.perSecond(bytes(Math.round(amount)));
  const y = (amount: number) => height - 2 - (amount / Math.max(found.peak, 1)) * (height - 10);
  const step = width / found.rates.length;
  const line = found.rates.map((amount, part) => `${((part + 0.5) * step).toFixed(1)},${y(amount).toFixed(1)}`);
  const path = `M0,${y(found.rates[0]!).toFixed(1)} L${line.join(' L')} L${width},${y(found.rates.at(-1)!).toFixed(1)}`;
  const said = live ? t.watch.throughputSaid(rate(found.now), rate(found.peak)) : t.watch.average(rate(found.average));
  return (
    <figure className="curve">
      <figcaption>
        <span>{t.watch.throughput}</span>
        <strong className="numbers">{live ? rate(found.now) : t.watch.average(rate(found.average))}</strong>
        <span className="quiet numbers">{t.watch.peak(rate(found.peak))}</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={said}>
        <path className="curve-area" d={`${path} L${width},${height} L0,${height} Z`} />
        <path className="curve-line" d={path} vectorEffect="non-scaling-stroke" />
      </svg>
      <div className="curve-axis quiet numbers" aria-hidden="true">
        <span>0 s</span>
        <span>{duration(Math.round((found.to - found.from) / 1000))}</span>
      </div>
    </figure>
  );
}
