import { api, authHeaders, errorOf, take } from '../api/client';
import type { Backup } from '../api/types';

// An address with a ticket in it, which the browser saves from as it comes: an archive never lies in memory, and a
// download that broke off can go on.
export async function download(backup: Backup) {
  const { url } = await take(api.GET('/api/v1/backups/{id}/download-link', { params: { path: { id: backup.id }, query: { via: 'server' } } }));
  const link = document.createElement('a');
  link.href = url!;
  link.download = '';
  link.click();
}

export function saveBlob(content: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// What a call answers, saved as a file: a token has to go along in a header, and the policy of this page lets no other in.
export async function save(path: string, name: string) {
  const response = await fetch(path, { headers: authHeaders() });
  if (!response.ok) throw await errorOf(response);
  saveBlob(await response.blob(), name);
}
