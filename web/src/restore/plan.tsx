import { Button, Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { PlanCheck, RestorePlan } from '../api/types';
import { bytes, capital, count, duration, moment, secondsBetween } from '../format';
import { t } from '../text';
import { nameOf } from '../ui/backup-names';
import { ErrorBox, Fact, useNow } from '../ui/bits';
import { Icon } from '../ui/icons';
import { makesNew } from './choices';
import { lossSentences, type VolumeRoom, volumesOf } from './plan-texts';
import type { Stage } from './stage';

const kept = '24 h';

function firstSentence({ backup, choices, targetName }: Stage): string {
  const when = moment(backup.started_at ?? backup.created_at);
  const source = backup.environment_snapshot.name || nameOf(backup);
  if (choices.mode === 'original') return t.restore.sentenceBack(targetName, when);
  if (choices.mode === 'existing') return t.restore.sentenceInto(targetName, source, when);
  return t.restore.sentenceNew(targetName, source, when);
}

function Times({ plan, fresh }: { plan: RestorePlan; fresh: boolean }) {
  const { seconds, downtime_seconds: downtime, restores_measured: measured } = plan.estimate;
  if (seconds === null) return <p className="quiet">{t.restore.planUnmeasured}</p>;
  return (
    <div className="plan-times">
      <dl className="facts">
        {!fresh && (
          <Fact label={t.restore.planDowntime}>
            <strong className="numbers">{downtime === null ? '–' : `~ ${duration(Math.ceil(downtime))}`}</strong>
          </Fact>
        )}
        <Fact label={t.restore.planTime}>
          <strong className="numbers">~ {duration(Math.ceil(seconds))}</strong>
        </Fact>
      </dl>
      <p className="quiet">{t.restore.planMeasured(measured)}</p>
    </div>
  );
}

function Losses({ losses }: { losses: RestorePlan['losses'] }) {
  const models = losses.models.filter((one) => one.created === null || one.created > 0 || one.changed > 0);
  if (losses.basis === 'nothing' || models.length === 0) return null;
  const isNewer = losses.basis === 'newer';
  return (
    <details className="log">
      <summary>{t.restore.lossDetails}</summary>
      <div className="scrolls" tabIndex={0} role="region" aria-label={t.restore.lossDetails}>
        <table className="plain-table numbers">
          <thead>
            <tr>
              <th scope="col">{t.restore.lossKind}</th>
              <th scope="col">{isNewer ? t.restore.lossMade : t.restore.lossHeld}</th>
              {isNewer && <th scope="col">{t.restore.lossChanged}</th>}
              <th scope="col">{t.restore.lossLast}</th>
            </tr>
          </thead>
          <tbody>
            {models.map((one) => (
              <tr key={one.model}>
                <th scope="row">{t.restore.models[one.model] ?? one.label}</th>
                <td>{one.created === null ? t.restore.lossUncounted : count(one.created)}</td>
                {isNewer && <td>{count(one.changed)}</td>}
                <td>{one.last?.name || '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function SafeCopy({ safe }: { safe: RestorePlan['safe_copy'] }) {
  const texts = t.restore.neutralized;
  const done = [
    ...(safe.neutralize ? [texts.mail, texts.crons, texts.payments] : []),
    ...(safe.reset_identity ? [texts.identity] : []),
    ...(safe.mask.length > 0 ? [texts.masked] : []),
    ...(safe.extra_sql ? [texts.ownSql] : []),
  ];
  if (done.length === 0) return null;
  return (
    <div>
      <p className="field-label">{t.restore.madeSafe}</p>
      <ul className="chips">
        {done.map((text) => (
          <li key={text}>
            <Icon name="shield" size={14} /> {text}
          </li>
        ))}
      </ul>
    </div>
  );
}

function CheckLine({ check }: { check: PlanCheck }) {
  return (
    <li className={`check check-${check.result}`}>
      <Icon name={check.result === 'ok' ? 'check' : check.result === 'warning' ? 'warn' : 'cross'} size={16} label={t.restore.checkResult[check.result]} />
      <span>
        {capital(check.sentence)}
        {check.fix && check.result !== 'ok' && <span className="quiet">{capital(check.fix)}</span>}
      </span>
    </li>
  );
}

function Checks({ checks }: { checks: PlanCheck[] }) {
  const fine = checks.filter((one) => one.result === 'ok');
  // What is lost is said above already.
  const open = checks.filter((one) => one.result !== 'ok' && one.name !== 'losses').sort((a, b) => (a.result === b.result ? 0 : a.result === 'blocked' ? -1 : 1));
  return (
    <div>
      <p className="field-label">{t.restore.checks}</p>
      <ul className="checks">
        {open.map((one) => (
          <CheckLine key={one.name} check={one} />
        ))}
      </ul>
      <details className="log">
        <summary>✓ {t.restore.checksFine(fine.length)}</summary>
        <ul className="checks">
          {fine.map((one) => (
            <CheckLine key={one.name} check={one} />
          ))}
        </ul>
      </details>
    </div>
  );
}

function Space({ volumes }: { volumes: VolumeRoom[] }) {
  const shown = volumes.filter((one) => one.needed > 0);
  if (shown.length === 0) return null;
  return (
    <div>
      <p className="field-label">{t.restore.space}</p>
      <dl className="spaces numbers">
        {shown.map((one) => (
          <div key={one.holds}>
            <dt>{t.restore.volumes[one.holds] ?? one.holds}</dt>
            <dd>
              <span className="room-bar" aria-hidden="true">
                <span className={one.needed > one.free ? 'room-fill room-over' : 'room-fill'} style={{ width: `${Math.max(1, Math.min(100, (one.needed / Math.max(1, one.free)) * 100))}%` }} />
              </span>
              {t.restore.needs(bytes(one.needed))} · {t.restore.spaceAfter(bytes(one.free), bytes(Math.max(0, one.free - one.needed)))}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Waiting({ long }: { long: boolean }) {
  const now = useNow(1000);
  const began = useNow(1000, false);
  return (
    <div aria-busy="true">
      <p className="quiet numbers" role="status">
        {t.restore.planRunning(duration(Math.max(0, Math.round((now - began) / 1000))))}
      </p>
      {long && <p className="quiet">{t.restore.planLong}</p>}
      {['70%', '45%', '60%', '35%'].map((width) => (
        <Skeleton key={width} height={14} mt="sm" width={width} />
      ))}
    </div>
  );
}

function Found({ plan, fresh }: { plan: RestorePlan; fresh: boolean }) {
  const sentences = lossSentences(plan);
  return (
    <>
      {sentences.length > 0 && (
        <div className="losses">
          {sentences.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </div>
      )}
      <Times plan={plan} fresh={fresh} />
      {plan.result === 'blocked' && (
        <p className="red" role="alert">
          <Icon name="warn" /> {t.restore.blocked}. {t.restore.blockedHint}
        </p>
      )}
      <Checks checks={plan.checks} />
      <Losses losses={plan.losses} />
      <SafeCopy safe={plan.safe_copy} />
      <Space volumes={volumesOf(plan.checks)} />
    </>
  );
}

export function What({ plan, long, ...stage }: Stage & { plan: UseQueryResult<RestorePlan>; long: boolean }) {
  const { backup, choices } = stage;
  const fresh = makesNew(choices.mode);
  const age = duration(secondsBetween(backup.started_at ?? backup.created_at, Date.now()));
  return (
    <Stack gap="md">
      <p className="loud">{firstSentence(stage)}</p>
      <ul className="points">
        <li>{fresh ? t.restore.downtimeNone : t.restore.downtimeOne}</li>
        {!plan.data && choices.mode === 'original' && <li>{t.restore.lossAge(age)}</li>}
        {!fresh && <li>{t.restore.undoFor(kept)}</li>}
      </ul>
      {plan.data ? <Found plan={plan.data} fresh={fresh} /> : !plan.error && <Waiting long={long} />}
      {plan.error && (
        <>
          <ErrorBox error={plan.error} onRetry={() => void plan.refetch()} />
          <p className="quiet">{t.restore.planFailed}</p>
        </>
      )}
      {plan.data?.result === 'blocked' && (
        <Button variant="default" className="fits" loading={plan.isFetching} onClick={() => void plan.refetch()}>
          {t.restore.lookAgain}
        </Button>
      )}
    </Stack>
  );
}
