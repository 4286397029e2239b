import { t } from '../text';
import { Retention } from './retention';
import { Schedules } from './schedules';

// When one environment is backed up by itself, and how long that is kept.
export function EnvironmentSchedule({ environmentId }: { environmentId: string }) {
  return (
    <>
      <Schedules environmentId={environmentId} />
      <h2 className="small-title">{t.schedules.tabs.retention}</h2>
      <Retention environmentId={environmentId} only />
    </>
  );
}
