import { useQuery } from '@tanstack/react-query';
import { bytes, duration, moment } from '../format';
import { t } from '../text';
import { nameOf } from './backup-names';
import { backupPageQuery } from './backup-pages';

const most = 60;
const least = 24; // places: few bars are no walls
const height = 72;

// The newest backups of an environment: how large each archive is, and how long it took.
export function BackupChart({ environmentId }: { environmentId: string }) {
  const page = useQuery(backupPageQuery({ environment_id: environmentId, status: 'completed' }, 1)).data;
  const shown = (page?.items ?? []).slice(0, most).reverse();
  if (shown.length < 3) return null;
  const largest = Math.max(1, ...shown.map((one) => one.compressed_size));
  const longest = Math.max(1, ...shown.map((one) => one.duration_seconds ?? 0));
  const width = Math.max(shown.length, least) * 10;
  const left = (index: number) => width - (shown.length - index) * 10;
  const y = (seconds: number) => height - 4 - (seconds / longest) * (height - 12);
  const line = shown.map((one, index) => `${left(index) + 5},${y(one.duration_seconds ?? 0).toFixed(1)}`).join(' ');
  const about = t.backups.chartText(shown.length, moment(shown[0]!.created_at), moment(shown.at(-1)!.created_at));
  return (
    <figure className="backup-chart">
      <figcaption>
        <strong>{t.backups.chart}</strong>
        <span className="quiet">
          <i className="key-size" /> {t.backups.chartSize} ({bytes(largest)})
        </span>
        <span className="quiet">
          <i className="key-took" /> {t.backups.chartTook} ({duration(longest)})
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${t.backups.chart}: ${about}`}>
        {shown.map((one, index) => {
          const tall = Math.max(2, (one.compressed_size / largest) * (height - 8));
          return (
            <rect key={one.id} className={one.is_verified ? 'bar-verified' : 'bar-made'} x={left(index) + 1.5} width={7} y={height - tall} height={tall}>
              <title>{t.backups.chartOne(nameOf(one), moment(one.created_at), bytes(one.compressed_size), duration(one.duration_seconds))}</title>
            </rect>
          );
        })}
        <polyline className="chart-took" points={line} vectorEffect="non-scaling-stroke" />
      </svg>
    </figure>
  );
}
