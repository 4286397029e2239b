import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, take } from '../api/client';
import { queryClient } from '../api/queries';
import type { BroughtAttachment, MountAttachment } from '../api/types';
import { capital } from '../format';
import { t } from '../text';
import { m } from '../text/mounts';
import { Dot, ErrorBox } from '../ui/bits';
import { isBack, outcomeOf } from './documents';
import { contentKey } from './queries';

const named = 8; // documents that are named before it is done

function Outcome({ brought }: { brought: BroughtAttachment[] }) {
  return (
    <>
      <p role="status" className="loud">
        {m.bring.done(brought.filter(isBack).length, brought.length)}
      </p>
      <ul className="outcomes">
        {brought.map((one) => (
          <li key={one.id}>
            <strong className="breaks">{one.name ?? one.id}</strong>
            <Dot tone={isBack(one) ? 'good' : 'attention'}>
              <span className="outcome">{capital(outcomeOf(one))}</span>
            </Dot>
            {one.error && (
              <span className="step-error" lang="en">
                {capital(one.error)}
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

// Says what will be done, does it, and tells what came of each.
export function BringBack({ mountId, environment, picked, onClose, onDone }: {
  mountId: string;
  environment: string;
  picked: MountAttachment[];
  onClose: () => void;
  onDone: () => void; // once something may have come back
}) {
  const work = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/mounts/{id}/attachments/bring-back', {
          params: { path: { id: mountId } },
          body: { attachment_ids: picked.map((one) => one.id) },
        }),
      ),
    onSuccess: onDone,
    onSettled: () => void queryClient.invalidateQueries({ queryKey: contentKey(mountId) }),
  });
  const brought = work.data?.items;
  const close = () => !work.isPending && onClose();
  const number = picked.length;
  return (
    <Modal opened onClose={close} title={brought ? m.bring.doneTitle : m.bring.title(number)}>
      <Stack>
        {brought ? (
          <Outcome brought={brought} />
        ) : (
          <>
            <Text size="sm">{m.bring.into(environment)}</Text>
            <ul className="points">
              <li>{m.bring.file}</li>
              <li>{m.bring.row}</li>
            </ul>
            <Text size="sm">{m.bring.rest}</Text>
            <ul className="chips">
              {picked.slice(0, named).map((one) => (
                <li key={one.id} className="breaks">
                  {one.name}
                </li>
              ))}
              {number > named && <li>{m.bring.andMore(number - named)}</li>}
            </ul>
          </>
        )}
        <ErrorBox error={work.error} />
        <p role="status" className="quiet">
          {work.isPending && m.bring.working}
        </p>
        <Group justify="flex-end" gap="xs">
          {brought ? (
            <Button autoFocus onClick={onClose}>
              {t.words.close}
            </Button>
          ) : (
            <>
              <Button variant="default" disabled={work.isPending} onClick={close}>
                {t.words.cancel}
              </Button>
              <Button loading={work.isPending} onClick={() => work.mutate()} data-autofocus>
                {m.bring.submit(number)}
              </Button>
            </>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
