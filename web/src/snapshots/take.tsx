import { Select, TextInput } from '@mantine/core';
import { api, take } from '../api/client';
import type { Environment } from '../api/types';
import { spanOf } from '../format';
import { s } from '../text/snapshots';
import { FormDialog, useForm } from '../ui/form';
import { toast } from '../ui/toast';
import { refresh } from './queries';

const hours = [24, 7 * 24];

export function TakeSnapshot({ environment, onClose }: { environment: Environment; onClose: () => void }) {
  const form = useForm({
    first: { name: '', hours: 0 }, // 0: it stays
    send: (values) =>
      take(
        api.POST('/api/v1/environments/{id}/snapshots', {
          params: { path: { id: environment.id } },
          body: { name: values.name.trim(), ...(values.hours ? { hours: values.hours } : {}) },
        }),
      ),
    onDone: (snapshot) => {
      toast(s.take.started, { to: `/tasks/${snapshot.task_id}` });
      refresh();
      onClose();
    },
  });
  return (
    <FormDialog handle={form} title={s.take.title(environment.name)} intro={s.take.intro} action={s.take.action} onClose={onClose}>
      <TextInput label={s.take.name} description={s.take.nameHint} maxLength={200} autoComplete="off" data-autofocus {...form.text('name')} />
      <Select
        label={s.take.hours}
        data={[{ value: '0', label: s.take.never }, ...hours.map((one) => ({ value: String(one), label: spanOf(one * 60) }))]}
        value={String(form.values.hours)}
        allowDeselect={false}
        error={form.fault('/hours')}
        onChange={(value) => form.change({ hours: Number(value) })}
      />
    </FormDialog>
  );
}
