import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { t } from '../text';
import { ErrorBox } from './bits';

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  warning: ReactNode; // what is lost
  word?: string; // to be typed before the button works
  wordLabel?: string;
  action: string;
  danger?: boolean;
  run: () => Promise<unknown>;
  onDone?: () => void;
}

// Asks before something is lost, and says what.
export function Confirm(props: Props) {
  const [typed, setTyped] = useState('');
  const close = () => {
    setTyped('');
    work.reset();
    props.onClose();
  };
  const work = useMutation({
    mutationFn: props.run,
    onSuccess: () => {
      close();
      props.onDone?.();
    },
  });
  const ready = !props.word || typed === props.word;
  return (
    <Modal opened={props.opened} onClose={close} title={props.title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) work.mutate();
        }}
      >
        <Stack>
          <Text component="div" size="sm">
            {props.warning}
          </Text>
          {props.word && (
            <TextInput
              label={props.wordLabel ?? t.backups.deleteType(props.word)}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
            />
          )}
          <ErrorBox error={work.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t.words.cancel}
            </Button>
            <Button type="submit" color={props.danger === false ? undefined : 'red'} loading={work.isPending} disabled={!ready}>
              {props.action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
