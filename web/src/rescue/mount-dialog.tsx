import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, take } from '../api/client';
import { environmentsQuery, meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Backup } from '../api/types';
import { spanOf } from '../format';
import { targetsQuery } from '../restore/queries';
import { m } from '../text/mounts';
import { nameOf } from '../ui/backup-names';
import { ErrorBox, RowSkeletons } from '../ui/bits';
import { FormDialog, useForm } from '../ui/form';

const hours = [1, 4, 8, 24, 72];

// Orders a mount and goes to its page, where it is followed.
export function MountDialog({ backup, onClose }: { backup: Backup; onClose: () => void }) {
  const navigate = useNavigate();
  const me = useQuery(meQuery).data;
  const environments = useQuery(environmentsQuery).data ?? [];
  const targets = useQuery(targetsQuery(backup.id));
  const all = (targets.data?.environments ?? []).filter((one) => may(me, 'project.backups.restore', environments.find((each) => each.id === one.id)?.project_id));
  const offered = all.filter((one) => one.compatible);
  const first = (offered.find((one) => one.is_source) ?? offered[0])?.id ?? '';
  const form = useForm({
    first: { environment_id: '', hours: 4 },
    send: (values) =>
      take(
        api.POST('/api/v1/backups/{id}/mount', {
          params: { path: { id: backup.id } },
          body: { environment_id: values.environment_id || first, hours: values.hours },
        }),
      ),
    onDone: (mount) => {
      void queryClient.invalidateQueries({ queryKey: ['mounts'] });
      onClose();
      void navigate({ to: '/mounts/$id', params: { id: mount.id } });
    },
  });
  return (
    <FormDialog
      handle={{ ...form, busy: form.busy || targets.isPending, error: form.error }}
      title={`${m.order.title}: ${nameOf(backup)}`}
      intro={m.order.intro}
      action={m.order.submit}
      cannot={offered.length === 0}
      onClose={onClose}
    >
      <ErrorBox error={targets.error} onRetry={() => void targets.refetch()} />
      {targets.isPending && <RowSkeletons rows={1} />}
      {targets.data && offered.length === 0 && (
        <div>
          <p className="sentence">{m.order.none}</p>
          <ul className="points quiet">
            {all.map((one) => (
              <li key={one.id} lang="en">
                {one.name}: {one.reason}
              </li>
            ))}
          </ul>
        </div>
      )}
      {offered.length > 0 && (
        <Select
          label={m.order.beside}
          description={m.order.besideHint}
          data={offered.map((one) => ({ value: one.id, label: one.is_source ? `${one.name} (${m.order.source})` : one.name }))}
          value={form.values.environment_id || first}
          allowDeselect={false}
          data-autofocus
          error={form.fault('/environment_id')}
          onChange={(id) => form.change({ environment_id: id ?? '' })}
        />
      )}
      <Select
        label={m.order.hours}
        description={m.order.hoursHint}
        data={hours.map((one) => ({ value: String(one), label: spanOf(one * 60) }))}
        value={String(form.values.hours)}
        allowDeselect={false}
        error={form.fault('/hours')}
        onChange={(value) => form.change({ hours: Number(value) })}
      />
    </FormDialog>
  );
}
