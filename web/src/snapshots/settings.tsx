import { NumberInput, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../api/client';
import { queryClient } from '../api/queries';
import type { Environment, SnapshotSettings as Settings } from '../api/types';
import { t } from '../text';
import { s } from '../text/snapshots';
import { ErrorBox, Panel, RowSkeletons } from '../ui/bits';
import { Form, useForm } from '../ui/form';
import { toast } from '../ui/toast';
import { settingsQuery } from './queries';

const most = 20;

function SettingsForm({ id, settings }: { id: string; settings: Settings }) {
  const form = useForm({
    first: settings,
    send: (body) => take(api.PUT('/api/v1/environments/{id}/snapshot-settings', { params: { path: { id } }, body })),
    onDone: (saved) => {
      queryClient.setQueryData(settingsQuery(id).queryKey, saved);
      toast(s.settings.saved);
    },
  });
  return (
    <Form handle={form} action={t.words.save}>
      <NumberInput
        className="narrow"
        label={s.settings.keep}
        description={s.settings.keepHint}
        min={0}
        max={most}
        clampBehavior="strict"
        allowDecimal={false}
        value={form.values.keep}
        error={form.fault('/keep')}
        onChange={(value) => form.change({ keep: Number(value) || 0 })}
      />
      <Switch
        label={s.settings.afterRestore}
        description={s.settings.afterRestoreHint}
        checked={form.values.after_restore}
        onChange={(event) => form.change({ after_restore: event.currentTarget.checked })}
      />
    </Form>
  );
}

export function SnapshotSettings({ environment }: { environment: Environment }) {
  const found = useQuery(settingsQuery(environment.id));
  return (
    <Panel title={s.title}>
      <p className="quiet panel-text">{s.settings.text}</p>
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending && <RowSkeletons rows={1} />}
      {found.data && <SettingsForm id={environment.id} settings={found.data} />}
    </Panel>
  );
}
