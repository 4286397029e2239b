import { Alert, Checkbox, Group, SegmentedControl, Stack, Switch, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../text';
import { Icon } from '../ui/icons';
import { canBeMasked, isMadeSafe, makesNew, maskPresets } from './choices';
import type { Stage } from './stage';

function Option(props: { label: string; text: ReactNode; checked: boolean; disabled?: boolean; warning?: ReactNode; onChange: (on: boolean) => void }) {
  return (
    <div className="option">
      <Switch
        label={props.label}
        description={props.text}
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      {props.warning && (
        <Alert color="orange" variant="light" icon={<Icon name="warn" />} role="status">
          {props.warning}
        </Alert>
      )}
    </div>
  );
}

// An hour from now, as the field writes it.
function soon(): string {
  const at = new Date(Date.now() + 3_600_000);
  at.setMinutes(at.getMinutes() - at.getTimezoneOffset(), 0, 0);
  return at.toISOString().slice(0, 16);
}

function When({ choices, change }: Stage) {
  const { runAt } = choices;
  const isPast = runAt !== null && new Date(runAt).getTime() <= Date.now();
  return (
    <div className="when">
      <p className="field-label">{t.restore.when}</p>
      <SegmentedControl
        aria-label={t.restore.when}
        value={runAt === null ? 'now' : 'later'}
        data={[
          { value: 'now', label: t.restore.whenNow },
          { value: 'later', label: t.restore.whenLater },
        ]}
        onChange={(chosen) => change({ runAt: chosen === 'now' ? null : soon() })}
      />
      {runAt === null ? (
        <p className="quiet">{t.restore.whenNowHint}</p>
      ) : (
        <TextInput
          type="datetime-local"
          aria-label={t.restore.whenLater}
          required
          description={isPast ? t.restore.whenPast : t.restore.whenHint(Intl.DateTimeFormat().resolvedOptions().timeZone)}
          value={runAt}
          onChange={(event) => change({ runAt: event.currentTarget.value })}
        />
      )}
    </div>
  );
}

function Masking({ choices, change }: Stage) {
  const { mask } = choices;
  const texts = t.restore.mask;
  const way = mask === null ? 'project' : mask.length === 0 ? 'keep' : 'choose';
  return (
    <div className="when">
      <p className="field-label">{texts.title}</p>
      <SegmentedControl
        aria-label={texts.title}
        value={way}
        data={(['project', 'keep', 'choose'] as const).map((value) => ({ value, label: texts.ways[value] }))}
        onChange={(chosen) => change({ mask: chosen === 'project' ? null : chosen === 'keep' ? [] : [...maskPresets] })}
      />
      {way === 'choose' && (
        <Group role="group" aria-label={texts.ways.choose}>
          {maskPresets.map((preset) => (
            <Checkbox
              key={preset}
              label={texts.presets[preset]}
              checked={mask!.includes(preset)}
              onChange={(event) => change({ mask: event.currentTarget.checked ? [...mask!, preset] : mask!.filter((one) => one !== preset) })}
            />
          ))}
        </Group>
      )}
      <p className="quiet">{texts.hints[way]}</p>
    </div>
  );
}

export function How(stage: Stage) {
  const { backup, choices, change, targetType } = stage;
  const fresh = makesNew(choices.mode);
  const safe = isMadeSafe(backup, choices, targetType);
  const fromProduction = backup.environment_snapshot.environment_type === 'production';
  const safeText = safe ? t.restore.safeCopyOn(t.types[targetType ?? 'staging']) : fromProduction ? t.restore.safeCopyOff : t.restore.safeCopyNotProduction;
  return (
    <Stack gap="lg">
      <Option
        label={t.restore.safety}
        text={fresh ? t.restore.safetySkipped : t.restore.safetyText}
        checked={!fresh && choices.safety}
        disabled={fresh}
        warning={!fresh && !choices.safety && t.restore.safetyOff}
        onChange={(safety) => change({ safety })}
      />
      <Option
        label={t.restore.filestore}
        text={backup.include_filestore ? t.restore.filestoreText : t.restore.filestoreNotIn}
        checked={choices.filestore}
        disabled={!backup.include_filestore}
        warning={backup.include_filestore && !choices.filestore && t.restore.filestoreOff}
        onChange={(filestore) => change({ filestore })}
      />
      <Option
        label={t.restore.safeCopy}
        text={safeText}
        checked={safe}
        warning={!safe && fromProduction && targetType !== 'production' && t.restore.safeCopyWarn}
        onChange={(safeCopy) => change({ safeCopy })}
      />
      {canBeMasked(choices.mode, targetType) && <Masking {...stage} />}
      <When {...stage} />
    </Stack>
  );
}
