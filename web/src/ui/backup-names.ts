import { may } from '../api/rights';
import type { Backup, Me } from '../api/types';
import { moment } from '../format';
import { t } from '../text';

export const restorable = (backup: Backup) => backup.status === 'completed' && backup.is_verified;
export const nameOf = (backup: Backup) => backup.name || `${t.backupType[backup.backup_type]}, ${moment(backup.created_at)}`;
// Whoever mounts one wants to read in it.
export const mountable = (me: Me | undefined, backup: Backup) =>
  restorable(backup) && may(me, 'project.backups.restore', backup.project_id) && may(me, 'project.backups.download', backup.project_id);
