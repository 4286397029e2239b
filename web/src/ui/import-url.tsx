import { PasswordInput, TextInput } from '@mantine/core';
import { api, take } from '../api/client';
import { queryClient } from '../api/queries';
import type { Backup } from '../api/types';
import { t } from '../text';
import { Form, useForm } from './form';

// An archive that the server fetches from an address.
export function ImportFromUrl({ projectId, onDone }: { projectId: string | null | undefined; onDone: (backup: Backup) => void }) {
  const form = useForm({
    first: { url: '', authorization: '', sha256: '' },
    send: ({ url, authorization, sha256 }) =>
      take(
        api.POST('/api/v1/backups/import/from-url', {
          body: {
            url: url.trim(),
            ...(authorization ? { headers: [`Authorization: ${authorization}`] } : {}),
            ...(sha256 ? { sha256: sha256.trim().toLowerCase() } : {}),
            ...(projectId ? { project_id: projectId } : {}),
          },
        }),
      ),
    onDone: (backup) => {
      void queryClient.invalidateQueries({ queryKey: ['backups'] });
      onDone(backup);
    },
  });
  return (
    <Form handle={form} action={t.import.fetch}>
      <TextInput label={t.import.url} description={t.import.urlHint} placeholder="https://" required data-autofocus {...form.text('url')} />
      <PasswordInput label={t.import.authorization} description={t.import.authorizationHint} autoComplete="off" {...form.text('authorization', '/headers')} />
      <TextInput label={t.import.sha256} description={t.import.sha256Hint} {...form.text('sha256')} />
    </Form>
  );
}
