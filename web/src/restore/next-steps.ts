import type { Restore } from '../api/types';

export type NextStep = 'again' | 'other_backup' | 'verify' | 'without_files' | 'as_new' | 'safety' | 'servers' | 'activity';

// What fits an error, from the troubleshooting section of the product page: two at most, the better one first.
const fitting: Record<string, NextStep[]> = {
  unhealthy: ['again', 'other_backup'],
  container_failed: ['again', 'other_backup'],
  container_missing: ['again'],
  backup_not_available: ['verify', 'other_backup'],
  archive_corrupt: ['other_backup', 'verify'],
  archive_hostile: ['other_backup'],
  load_failed: ['verify', 'other_backup'],
  proof_failed: ['verify', 'other_backup'],
  incompatible: ['as_new', 'other_backup'],
  no_space: ['again', 'servers'],
  engine_unavailable: ['again', 'servers'],
  timeout: ['again', 'without_files'],
  target_busy: ['activity', 'again'],
  permission_denied: [],
};

export function nextSteps(restore: Restore): NextStep[] {
  // The target holds the new data and does not serve: what was there before comes first.
  if (restore.outcome === 'swapped' && restore.pre_restore_backup_id) return ['safety', 'again'];
  const steps = fitting[restore.error_code ?? ''] ?? ['again', 'other_backup'];
  return restore.is_new_environment ? steps.filter((step) => step !== 'as_new') : steps;
}

// Which advice is read with them.
export const adviceFor = (restore: Restore): string => (restore.outcome === 'swapped' ? 'left_broken' : (restore.error_code ?? ''));

// The sentence of an error, and the log of a container that follows it.
export function partsOf(message: string): { sentence: string; log: string[] } {
  const [sentence = '', ...log] = message.split('\n');
  return { sentence, log: log.filter((line) => line.trim() !== '') };
}

// The lines of a log that say what is wrong: errors, and what a traceback ends with.
export function tellingLines(log: string[], most = 3): string[] {
  const telling = log.filter((line) => /\b(ERROR|CRITICAL|FATAL)\b|^\s*[\w.]*(Error|Exception)\b/.test(line));
  return telling.slice(-most);
}
