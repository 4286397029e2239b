import type { Backup, Environment, EnvironmentType, RestoreRequest } from '../api/types';
import { t } from '../text';

export type Mode = RestoreRequest['target']['mode'];

export interface Choices {
  mode: Mode | null;
  environmentId: string | null;
  name: string;
  type: EnvironmentType;
  serverId: string | null;
  safety: boolean;
  filestore: boolean;
  safeCopy: boolean | null; // null: as the server decides
  runAt: string; // of an <input type="datetime-local">; empty is now
}

export const firstChoices = (backup: Backup): Choices => ({
  mode: null,
  environmentId: null,
  name: `${backup.environment_snapshot.name || 'restored'}-copy`,
  type: 'staging',
  serverId: null,
  safety: true,
  filestore: backup.include_filestore,
  safeCopy: null,
  runAt: '',
});

export const makesNew = (mode: Mode | null) => mode === 'new' || mode === 'cross_server';

const major = (version: string | null) => version?.split('.')[0] ?? null;

// Why a backup cannot go into an environment; null when it can.
export function obstacle(backup: Backup, environment: Environment): string | null {
  if (environment.id === backup.environment_id) return t.restore.isOriginal;
  if (environment.project_id !== backup.project_id) return t.restore.otherProject;
  const theirs = environment.odoo_version;
  const ours = backup.environment_snapshot.odoo_version;
  if (theirs && ours && major(theirs) !== major(ours)) return t.restore.otherMajor(theirs, ours);
  if (environment.status === 'restoring' || environment.status === 'deploying') return t.restore.busy;
  return null;
}

// What production data becomes where it goes: the server's rule for "auto".
export function isMadeSafe(backup: Backup, choices: Choices, target: EnvironmentType | undefined): boolean {
  if (choices.safeCopy !== null) return choices.safeCopy;
  return backup.environment_snapshot.environment_type === 'production' && target !== 'production';
}

export function isChosen(choices: Choices): boolean {
  if (choices.mode === 'original') return true;
  if (choices.mode === 'existing') return choices.environmentId !== null;
  if (choices.mode === 'new') return choices.name.trim() !== '';
  return choices.mode === 'cross_server' && choices.name.trim() !== '' && choices.serverId !== null;
}

export function requestOf(backup: Backup, choices: Choices, confirm: string, key: string): RestoreRequest {
  const mode = choices.mode!;
  return {
    backup_id: backup.id,
    target: {
      mode,
      ...(mode === 'existing' ? { environment_id: choices.environmentId } : {}),
      ...(makesNew(mode) ? { new_environment: { name: choices.name.trim(), environment_type: choices.type, server_id: choices.serverId } } : {}),
    },
    create_pre_restore_backup: makesNew(mode) ? false : choices.safety,
    include_filestore: choices.filestore,
    ...(choices.safeCopy === null ? {} : { neutralize: choices.safeCopy }),
    ...(choices.runAt ? { run_at: new Date(choices.runAt).toISOString() } : {}),
    confirm,
    idempotency_key: key,
  };
}
