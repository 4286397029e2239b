import { api, take } from '../api/client';
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
