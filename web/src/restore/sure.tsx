import { Stack, TextInput } from '@mantine/core';
import { bytes, moment, spanOf } from '../format';
import { t } from '../text';
import { nameOf } from '../ui/backup-names';
import { Fact } from '../ui/bits';
import { Icon } from '../ui/icons';
import { isMadeSafe, lifetimeOf, makesNew } from './choices';
import type { Stage } from './stage';

export const confirmWord = 'RESTORE';

// The summary as the product page draws it, and the word that makes the last button work.
export function Sure({ typed, onType, ...stage }: Stage & { typed: string; onType: (text: string) => void }) {
  const { backup, choices, targetName, targetType, targets } = stage;
  const fresh = makesNew(choices.mode);
  const servers = targets?.servers ?? [];
  const server = servers.find((one) => (choices.serverId ? one.id === choices.serverId : one.is_source));
  const options = [
    !fresh && choices.safety && t.restore.optionSafety,
    choices.filestore && t.restore.optionFilestore,
    isMadeSafe(backup, choices, targetType) && t.restore.optionSafeCopy,
    fresh && lifetimeOf(choices) && t.restore.after(spanOf(lifetimeOf(choices)!)),
    choices.runAt && t.restore.optionWhen(moment(new Date(choices.runAt).toISOString())),
  ].filter(Boolean);
  return (
    <Stack>
      <div className="summary">
        <h3>{t.restore.confirmTitle}</h3>
        <dl className="facts">
          <Fact label={t.restore.source}>
            {nameOf(backup)} ({moment(backup.created_at)})
          </Fact>
          <Fact label={t.restore.size}>
            {bytes(backup.total_size)} ({t.restore.verifiedMark})
          </Fact>
          <Fact label={t.restore.target}>{fresh ? t.restore.targetNew(targetName) : targetName}</Fact>
          {fresh && server && (
            <Fact label={t.restore.server}>
              {server.name} ({server.address})
            </Fact>
          )}
          {targetType && <Fact label={t.restore.environmentType}>{t.types[targetType]}</Fact>}
          <Fact label={t.restore.options}>
            {options.length === 0 && t.restore.optionNone}
            {options.map((option) => (
              <div key={String(option)}>✓ {option}</div>
            ))}
          </Fact>
        </dl>
      </div>
      {!fresh && (
        <p className="red" role="note">
          <Icon name="warn" /> {t.restore.red}
        </p>
      )}
      <TextInput
        label={t.restore.typeToConfirm(confirmWord)}
        value={typed}
        onChange={(event) => onType(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        autoCapitalize="characters"
        data-autofocus
        autoFocus
      />
    </Stack>
  );
}
