import type { Backup } from '../api/types';
import { moment } from '../format';
import { t } from '../text';

export const restorable = (backup: Backup) => backup.status === 'completed' && backup.is_verified;
export const nameOf = (backup: Backup) => backup.name || `${t.backupType[backup.backup_type]}, ${moment(backup.created_at)}`;
