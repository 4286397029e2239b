import { Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { meQuery } from '../api/queries';
import { may } from '../api/rights';
import type { EnvironmentType, ServerRoom, ServerTarget } from '../api/types';
import { bytes, count, spanOf } from '../format';
import { t } from '../text';
import { RowSkeletons } from '../ui/bits';
import { Icon, type IconName } from '../ui/icons';
import { lifetimes, makesNew, type Mode } from './choices';
import type { Stage } from './stage';

const icons: Record<Mode, IconName> = { original: 'restore', existing: 'swap', new: 'plus', cross_server: 'servers' };
const modes: Mode[] = ['original', 'existing', 'new', 'cross_server'];

function ModeCard({ mode, chosen, why, onChoose }: { mode: Mode; chosen: boolean; why: string | null; onChoose: () => void }) {
  const card = t.restore.cards[mode];
  return (
    <button type="button" role="radio" aria-checked={chosen} disabled={why !== null} className="mode-card" onClick={onChoose}>
      <Icon name={icons[mode]} size={22} />
      <span>
        <strong>{card.title}</strong>
        <span>{card.text}</span>
        {why && <em>{why}</em>}
      </span>
    </button>
  );
}

function TargetList({ choices, change, targets }: Stage) {
  if (!targets) return <RowSkeletons rows={2} />;
  const others = targets.environments.filter((one) => !one.is_source);
  if (others.length === 0) return <p className="quiet">{t.restore.noTargets}</p>;
  return (
    <div role="radiogroup" aria-label={t.restore.pickEnvironment} className="targets">
      {others.map((one) => (
        <button
          key={one.id}
          type="button"
          role="radio"
          className="target"
          aria-checked={choices.environmentId === one.id}
          disabled={!one.compatible}
          onClick={() => change({ environmentId: one.id })}
        >
          <span className="target-name">
            <strong>{one.name}</strong>
            <span>
              {t.types[one.environment_type]}
              {one.odoo_version && ` · ${t.environments.odoo(one.odoo_version)}`}
            </span>
          </span>
          <span className={one.compatible ? 'mark-yes' : 'mark-no'}>{one.compatible ? `✓ ${t.restore.compatible}` : (one.reason ?? t.restore.notCompatible)}</span>
        </button>
      ))}
    </div>
  );
}

// Full at twice what is needed; the tick in the middle is the need.
function Room({ label, free, need, write }: { label: string; free: number; need: number; write: (amount: number) => string }) {
  const filled = Math.min(100, (free / Math.max(need, Number.MIN_VALUE)) * 50);
  return (
    <span className={free < need ? 'room room-short' : 'room'} title={t.restore.needs(write(need))} aria-hidden="true">
      <span className="room-bar">
        <span className="room-fill" style={{ width: `${filled}%` }} />
      </span>
      {write(free)} {label}
    </span>
  );
}

function markOf(server: ServerTarget, needs: ServerRoom): { text: string; good: boolean } {
  if (server.fit === 'recommended') return { text: `✓ ${t.restore.recommended}`, good: true };
  if (server.fit === 'unreachable') return { text: server.reason ?? t.restore.unreachable, good: false };
  if (server.fit === 'too_small') return { text: t.restore.tooSmall(server.short_of.join(', ')), good: false };
  return { text: `⚠ ${t.restore.lowResources(count(needs.cpus), bytes(needs.memory_bytes), bytes(needs.disk_bytes))}`, good: false };
}

function ServerList({ choices, change, targets }: Stage) {
  if (!targets) return <RowSkeletons rows={2} />;
  const { needs } = targets;
  const away = choices.mode === 'cross_server';
  const offered = targets.servers.filter((one) => !away || !one.is_source);
  return (
    <div>
      <p className="field-label">{t.restore.server}</p>
      {!away && <p className="quiet field-hint">{t.restore.serverHint}</p>}
      <div role="radiogroup" aria-label={t.restore.server} className="targets">
        {offered.map((one) => {
          const mark = markOf(one, needs);
          const free = one.free;
          return (
            <button
              key={one.id}
              type="button"
              role="radio"
              className="target server-target"
              aria-checked={choices.serverId === one.id || (choices.serverId === null && one.is_source)}
              disabled={one.fit === 'unreachable' || one.fit === 'too_small'}
              onClick={() => change({ serverId: one.is_source ? null : one.id })}
            >
              <span className="target-name">
                <strong>
                  {one.name} ({one.address})
                </strong>
                {free && (
                  <span className="rooms numbers">
                    <span className="visually-hidden">{t.restore.free(count(free.cpus), bytes(free.memory_bytes), bytes(free.disk_bytes))}</span>
                    <Room label={t.restore.room.cpus} free={free.cpus} need={needs.cpus} write={count} />
                    <Room label={t.restore.room.memory} free={free.memory_bytes} need={needs.memory_bytes} write={bytes} />
                    <Room label={t.restore.room.disk} free={free.disk_bytes} need={needs.disk_bytes} write={bytes} />
                  </span>
                )}
              </span>
              <span className={mark.good ? 'mark-yes' : 'mark-no'}>{mark.text}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}

const types = Object.entries(t.types).map(([value, label]) => ({ value, label }));

function NewFields(stage: Stage) {
  const { choices, change } = stage;
  return (
    <Stack>
      <div className="fields">
        <TextInput label={t.restore.environmentName} required value={choices.name} onChange={(event) => change({ name: event.currentTarget.value })} />
        <Select
          label={t.restore.environmentType}
          data={types}
          value={choices.type}
          allowDeselect={false}
          onChange={(type) => change({ type: type as EnvironmentType })}
        />
        {choices.type !== 'production' && (
          <Select
            label={t.restore.lifetime}
            data={[{ value: '', label: t.restore.stays }, ...lifetimes.map((one) => ({ value: String(one), label: t.restore.after(spanOf(one)) }))]}
            value={String(choices.lifetime ?? '')}
            allowDeselect={false}
            onChange={(value) => change({ lifetime: Number(value) || null })}
          />
        )}
      </div>
      <ServerList {...stage} />
    </Stack>
  );
}

export function Where(stage: Stage) {
  const { backup, choices, change, source, targets } = stage;
  const me = useQuery(meQuery).data;
  const more = useRef<HTMLDivElement>(null);
  const { mode } = choices;
  useEffect(() => {
    // On a small screen the cards fill it.
    if (mode === 'existing' || makesNew(mode)) void more.current?.scrollIntoView({ block: 'nearest' });
  }, [mode]);
  const others = targets?.servers.filter((one) => !one.is_source);
  const awayWhy = !may(me, 'org.backups.restore', backup.project_id) ? t.restore.noPermission : others?.length === 0 ? t.restore.noOtherServer : null;
  const why: Record<Mode, string | null> = {
    original: source ? null : backup.environment_id ? t.restore.originalGone : t.restore.originalImported,
    existing: null,
    new: null,
    cross_server: awayWhy,
  };
  return (
    <Stack>
      <div role="radiogroup" aria-label={t.restore.where} className="mode-cards">
        {modes.map((one) => (
          <ModeCard key={one} mode={one} chosen={mode === one} why={why[one]} onChoose={() => change({ mode: one, serverId: null })} />
        ))}
      </div>
      <div ref={more}>
        {choices.mode === 'existing' && <TargetList {...stage} />}
        {makesNew(choices.mode) && <NewFields {...stage} />}
      </div>
    </Stack>
  );
}
