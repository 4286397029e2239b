import type { Backup, EnvironmentType, RestoreRequest } from '../api/types';

export type MaskPreset = NonNullable<RestoreRequest['mask']>[number];

export const maskPresets = ['partners', 'users', 'messages', 'attachments'] as const satisfies MaskPreset[];

export type Mode = RestoreRequest['target']['mode'];

export interface Choices {
  mode: Mode | null;
  environmentId: string | null;
  name: string;
  type: EnvironmentType;
  serverId: string | null;
  lifetime: number | null; // minutes after which a new environment removes itself; null: it stays
  safety: boolean;
  filestore: boolean;
  safeCopy: boolean | null; // null: as the server decides
  mask: MaskPreset[] | null; // null: as the project says; none of them: nothing is masked
  runAt: string | null; // of an <input type="datetime-local">; null is now
}

export const firstChoices = (backup: Backup): Choices => ({
  mode: null,
  environmentId: null,
  name: `${backup.environment_snapshot.name || 'restored'}-copy`,
  type: 'staging',
  serverId: null,
  lifetime: null,
  safety: true,
  filestore: backup.include_filestore,
  safeCopy: null,
  mask: null,
  runAt: null,
});

export const makesNew = (mode: Mode | null) => mode === 'new' || mode === 'cross_server';

// How long a temporary environment may live, in minutes.
export const lifetimes = [4 * 60, 24 * 60, 7 * 24 * 60];

// A production stays; whatever was chosen before its type was.
export const lifetimeOf = (choices: Choices) => (choices.type === 'production' ? null : choices.lifetime);

// What production data becomes where it goes: the server's rule for "auto".
export function isMadeSafe(backup: Backup, choices: Choices, target: EnvironmentType | undefined): boolean {
  if (choices.safeCopy !== null) return choices.safeCopy;
  return backup.environment_snapshot.environment_type === 'production' && target !== 'production';
}

// Whether personal data can be masked there: never in the original, nor in production.
export const canBeMasked = (mode: Mode | null, target: EnvironmentType | undefined) => mode !== 'original' && target !== 'production';

// The choices after some of them: what is masked is chosen for one place.
export function changed(choices: Choices, some: Partial<Choices>): Choices {
  const isElsewhere = 'mode' in some || 'environmentId' in some || 'type' in some;
  return { ...choices, ...(isElsewhere ? { mask: null } : {}), ...some };
}

export function isChosen(choices: Choices): boolean {
  if (choices.mode === 'original') return true;
  if (choices.mode === 'existing') return choices.environmentId !== null;
  if (choices.mode === 'new') return choices.name.trim() !== '';
  return choices.mode === 'cross_server' && choices.name.trim() !== '' && choices.serverId !== null;
}

// What is planned; the order adds the confirmation and its key to it.
export function planOf(backup: Backup, choices: Choices): RestoreRequest {
  const mode = choices.mode!;
  return {
    backup_id: backup.id,
    target: {
      mode,
      ...(mode === 'existing' ? { environment_id: choices.environmentId } : {}),
      ...(makesNew(mode)
        ? {
            new_environment: {
              name: choices.name.trim(),
              environment_type: choices.type,
              server_id: choices.serverId,
              ...(lifetimeOf(choices) ? { expires_in_minutes: lifetimeOf(choices) } : {}),
            },
          }
        : {}),
    },
    create_pre_restore_backup: makesNew(mode) ? false : choices.safety,
    include_filestore: choices.filestore,
    ...(choices.safeCopy === null ? {} : { neutralize: choices.safeCopy }),
    ...(choices.mask ? { mask: choices.mask } : {}),
    ...(choices.runAt ? { run_at: new Date(choices.runAt).toISOString() } : {}),
  };
}

export const requestOf = (backup: Backup, choices: Choices, confirm: string, key: string): RestoreRequest => ({
  ...planOf(backup, choices),
  confirm,
  idempotency_key: key,
});
