import type { BroughtAttachment, Mount, MountAttachment } from '../api/types';
import { m } from '../text/mounts';
import type { Tone } from '../ui/bits';

// Whether something of a mount is in PostgreSQL that only unmounting drops. What a failure left is not looked into.
export const isLeft = (one: Pick<Mount, 'status' | 'database_name'>) => one.status === 'failed' && one.database_name !== null;
export const isUnmountable = (one: Pick<Mount, 'status' | 'database_name'>) => one.status === 'mounted' || isLeft(one);

export type DocumentState = keyof typeof m.documents.states;

// What the live environment has of a document.
export function stateOf({ live_row, has_live_file }: Pick<MountAttachment, 'live_row' | 'has_live_file'>): DocumentState {
  if (live_row === 'same') return has_live_file ? 'there' : 'fileMissing';
  if (live_row === 'missing') return has_live_file ? 'rowMissing' : 'bothMissing';
  return has_live_file ? 'changed' : 'changedFileMissing';
}

export const toneOfState = (state: DocumentState): Tone => (state === 'there' ? 'good' : state === 'changed' ? 'quiet' : 'attention');

// Whether it is there again, row and content.
export const isBack = (one: Pick<BroughtAttachment, 'row' | 'file'>) => one.row !== 'failed' && one.file !== 'failed' && one.file !== 'damaged';

// "Row is back under its old id, file was there."
export function outcomeOf(one: BroughtAttachment): string {
  if (one.row === 'failed') return m.bring.rowIs.failed;
  const row = one.row === 'new_id' && one.live_id !== null ? `${m.bring.rowIs.new_id} (${m.bring.newId(String(one.live_id))})` : m.bring.rowIs[one.row];
  return `${row}, ${m.bring.fileIs[one.file]}`;
}
