import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { queryClient } from '../api/queries';
import type { Environment } from '../api/types';
import { moment } from '../format';
import { t } from '../text';
import { ErrorBox } from './bits';
import { toast } from './toast';

export function CreateBackup({ environment, onClose }: { environment: Environment; onClose: () => void }) {
  const [name, setName] = useState(t.backups.defaultName(moment(new Date().toISOString())));
  const [notes, setNotes] = useState('');
  const [files, setFiles] = useState(true);
  const [incremental, setIncremental] = useState(false);
  const create = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/backups/environments/{environment_id}/backups', {
          params: { path: { environment_id: environment.id } },
          body: { name, notes, include_filestore: files, incremental },
        }),
      ),
    onSuccess: (backup) => {
      toast(t.backups.started(environment.name), { to: backup.task_id ? `/tasks/${backup.task_id}` : undefined });
      void queryClient.invalidateQueries({ queryKey: ['backups'] });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t.backups.createTitle(environment.name)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            {t.backups.createIntro}
          </Text>
          <TextInput label={t.backups.createName} description={t.backups.createNameHint} value={name} data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
          <TextInput label={t.backups.createNotes} value={notes} onChange={(event) => setNotes(event.currentTarget.value)} />
          <Checkbox label={t.backups.createFiles} checked={files} onChange={(event) => setFiles(event.currentTarget.checked)} />
          <Checkbox
            label={t.backups.createIncremental}
            description={t.backups.createIncrementalHint}
            checked={incremental}
            onChange={(event) => setIncremental(event.currentTarget.checked)}
          />
          <ErrorBox error={create.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending}>
              {t.backups.createSubmit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
