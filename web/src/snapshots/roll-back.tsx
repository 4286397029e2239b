import { Checkbox, Stack } from '@mantine/core';
import { useState } from 'react';
import { api, take } from '../api/client';
import { queryClient } from '../api/queries';
import type { Environment, Snapshot } from '../api/types';
import { s } from '../text/snapshots';
import { Confirm } from '../ui/confirm';
import { toast } from '../ui/toast';
import { momentOf, nameOf } from './states';

const keptHours = 24;

// Says what will happen, and has the environment's name typed before it does.
export function RollBack({ snapshot, environment, onClose }: { snapshot: Snapshot; environment: Environment; onClose: () => void }) {
  const [keep, setKeep] = useState(false);
  return (
    <Confirm
      opened
      onClose={onClose}
      title={s.rollback.title(nameOf(snapshot))}
      warning={
        <Stack>
          <p>{s.rollback.text(environment.name, momentOf(snapshot))}</p>
          <ul className="points">
            <li>{s.rollback.restart}</li>
            <li>{s.rollback.aside}</li>
            <li>{s.rollback.unhealthy}</li>
          </ul>
          <Checkbox label={s.rollback.keep} description={s.rollback.keepHint} checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />
        </Stack>
      }
      word={environment.name}
      action={s.rollback.action}
      run={async () => {
        const { task_id } = await take(
          api.POST('/api/v1/snapshots/{id}/rollback', {
            params: { path: { id: snapshot.id } },
            body: { keep_snapshot: keep, keep_previous_hours: keptHours, confirm: environment.name },
          }),
        );
        toast(s.rollback.started, { to: `/tasks/${task_id}` });
      }}
      onDone={() => void queryClient.invalidateQueries()}
    />
  );
}
