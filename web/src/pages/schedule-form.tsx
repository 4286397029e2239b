import { Checkbox, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { ApiError, api, take } from '../api/client';
import { cronQuery } from '../api/places';
import { environmentsQuery, firstOf, meQuery } from '../api/queries';
import { may } from '../api/rights';
import type { Schedule } from '../api/types';
import { inZone } from '../format';
import { t } from '../text';
import { FormDialog, useForm } from '../ui/form';
import { toast } from '../ui/toast';

const presets = { nightly: '0 2 * * *', hourly: '0 * * * *', weekdays: '0 20 * * 1-5', weekly: '0 3 * * 0' };
type Preset = keyof typeof presets | 'other';
const presetOf = (cron: string) => (Object.keys(presets) as (keyof typeof presets)[]).find((key) => presets[key] === cron) ?? 'other';

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zones = [...new Set([here, 'UTC', ...(Intl.supportedValuesOf?.('timeZone') ?? [])])];

// What the expression means, as the server reads it: the next times by the schedule's own clock.
function Meaning({ cron, zone, onFault }: { cron: string; zone: string; onFault?: string }) {
  const [asked] = useDebouncedValue(cron, 250);
  const found = useQuery(cronQuery(asked, zone));
  const fault = found.error instanceof ApiError ? (found.error.faults[0]?.message ?? found.error.message) : null;
  return (
    <div className="meaning" role="status" aria-live="polite">
      {fault && !onFault && (
        <p className="attention" lang="en">
          {fault}
        </p>
      )}
      {!found.error && found.data && (
        <>
          <strong lang="en">{found.data.sentence}</strong>
          <ol aria-label={t.schedules.nextFive} className="quiet numbers">
            {found.data.next_runs.slice(0, 3).map((at) => (
              <li key={at}>{inZone(at, zone)}</li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}

interface Props {
  present?: Schedule;
  environmentId?: string;
  onClose: () => void;
  onDone: () => void;
}

export function ScheduleForm({ present, environmentId, onClose, onDone }: Props) {
  const me = useQuery(meQuery).data;
  const environments = (useQuery(environmentsQuery).data ?? []).filter((one) => one.status !== 'deleted' && may(me, 'project.schedules.manage', one.project_id));
  const form = useForm({
    first: {
      environment_id: present?.environment_id ?? environmentId ?? firstOf(environments)?.id ?? '',
      kind: present?.kind ?? ('backup' as Schedule['kind']),
      name: present?.name ?? '',
      preset: present ? presetOf(present.cron) : ('nightly' as Preset),
      cron: present?.cron ?? presets.nightly,
      time_zone: present?.time_zone ?? here,
      files: present?.include_filestore ?? true,
      incremental: present?.incremental ?? false,
    },
    send: ({ environment_id, kind, name, cron, time_zone, files, incremental }) =>
      present
        ? take(
            api.PATCH('/api/v1/schedules/{id}', {
              params: { path: { id: present.id } },
              body: { ...(name ? { name } : {}), cron, time_zone, ...(kind === 'backup' ? { include_filestore: files, incremental } : {}) },
            }),
          )
        : take(
            api.POST('/api/v1/schedules', {
              body: { environment_id, kind, cron, time_zone, ...(name ? { name } : {}), ...(kind === 'backup' ? { include_filestore: files, incremental } : {}) },
            }),
          ),
    onDone: (schedule) => {
      toast(present ? t.schedules.changed : t.schedules.added(schedule.name));
      onDone();
      onClose();
    },
  });
  const { values, change } = form;
  const project = environments.find((one) => one.id === values.environment_id)?.project_id;
  const kinds = (['backup', 'drill'] as const).filter((kind) => kind === 'backup' || present || may(me, 'project.drills.manage', project));
  return (
    <FormDialog handle={form} title={present ? t.schedules.change : t.schedules.add} action={present ? t.words.save : t.schedules.add} onClose={onClose}>
      {!present && (
        <div className="fields">
          <Select
            label={t.schedules.environment}
            data={environments.map((one) => ({ value: one.id, label: one.name }))}
            value={values.environment_id || null}
            allowDeselect={false}
            required
            data-autofocus
            error={form.fault('/environment_id')}
            onChange={(id) => change({ environment_id: id ?? '' })}
          />
          <Select
            label={t.schedules.kind}
            data={kinds.map((value) => ({ value, label: t.schedules.kinds[value] }))}
            value={values.kind}
            allowDeselect={false}
            error={form.fault('/kind')}
            onChange={(kind) => change({ kind: kind as Schedule['kind'] })}
          />
        </div>
      )}
      <div className="fields">
        <Select
          label={t.schedules.when}
          data={Object.entries(t.schedules.presets).map(([value, label]) => ({ value, label }))}
          value={values.preset}
          allowDeselect={false}
          onChange={(preset) => change(preset === 'other' ? { preset } : { preset: preset as Preset, cron: presets[preset as keyof typeof presets] })}
        />
        <Select
          label={t.schedules.zone}
          data={zones}
          searchable
          value={values.time_zone}
          allowDeselect={false}
          error={form.fault('/time_zone')}
          onChange={(zone) => zone && change({ time_zone: zone })}
        />
      </div>
      {(values.preset === 'other' || form.fault('/cron')) && (
        <TextInput label={t.schedules.cron} description={t.schedules.cronHint} required spellCheck={false} autoComplete="off" {...form.text('cron')} />
      )}
      <Meaning cron={values.cron} zone={values.time_zone} onFault={form.fault('/cron')} />
      <TextInput label={`${t.schedules.name} (${t.words.optional})`} description={t.schedules.nameHint} {...form.text('name')} />
      {values.kind === 'backup' && <Checkbox label={t.schedules.files} checked={values.files} onChange={(event) => change({ files: event.currentTarget.checked })} />}
      {values.kind === 'backup' && (
        <Checkbox
          label={t.backups.createIncremental}
          description={t.backups.createIncrementalHint}
          checked={values.incremental}
          onChange={(event) => change({ incremental: event.currentTarget.checked })}
        />
      )}
    </FormDialog>
  );
}
