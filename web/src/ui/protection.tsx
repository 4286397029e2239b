import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Protection } from '../api/types';
import { dayOf } from '../format';
import { t } from '../text';
import { Ago, Dot, type Tone, TypeTag } from './bits';

const tones: Record<Protection['state'], Tone> = { protected: 'good', at_risk: 'attention', unprotected: 'bad' };
export function ProtectionState({ state }: { state?: Protection['state'] }) {
  return <span>{state && <Dot tone={tones[state]}>{t.protection.state[state]}</Dot>}</span>;
}

const count = (days: Protection['days'], mark: string) => days.filter((day) => day.mark === mark).length;

// One square a day, oldest first: what its backups came to.
export function Strip({ days }: { days: Protection['days'] }) {
  return (
    <span className="strip" role="img" aria-label={t.protection.strip(count(days, 'verified'), count(days, 'missed'))}>
      {days.map((one) => (
        <Tooltip key={one.day} label={t.protection.day(dayOf(one.day), t.protection.mark[one.mark])} openDelay={100}>
          <span className={`square square-${one.mark}`} />
        </Tooltip>
      ))}
    </span>
  );
}

function Drilled({ one }: { one: Protection }) {
  const drill = one.last_drill;
  if (!drill) return <>{t.protection.notDrilled}</>;
  const at = drill.completed_at ?? drill.created_at;
  return (
    <>
      {t.drills.status[drill.status]} · <Ago at={at} />
    </>
  );
}

export function ProtectionRow({ one }: { one: Protection }) {
  return (
    <li className="protection-row">
      <span className="cell-main">
        <span className="row-name">
          <Link to="/environments/$id" params={{ id: one.environment_id }}>
            {one.environment_name}
          </Link>{' '}
          <TypeTag type={one.environment_type} />
        </span>
        <ProtectionState state={one.state} />
      </span>
      <Strip days={one.days} />
      <dl className="pairs">
        <dt>{t.protection.lastVerified}</dt>
        <dd>
          <Ago at={one.last_verified_backup?.created_at} />
        </dd>
        <dt>{t.protection.lastDrill}</dt>
        <dd>
          <Drilled one={one} />
        </dd>
        <dt>{t.schedules.next}</dt>
        <dd>{one.next_run_at ? <Ago at={one.next_run_at} /> : t.protection.noSchedule}</dd>
      </dl>
    </li>
  );
}
