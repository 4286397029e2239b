import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { t } from '../text';
import { useCopying } from './copying';
import { Icon } from './icons';

// What is shown once and never again. It is closed by its button only, not by a slip.
export function SecretOnce({ title, text, value, onClose }: { title: string; text: string; value: string; onClose: () => void }) {
  const { copied, copy } = useCopying(value);
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
      <Stack>
        <Alert color="orange" variant="light" icon={<Icon name="key" />}>
          {text}
        </Alert>
        <pre className="secret" tabIndex={0} aria-label={title}>
          {value}
        </pre>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" data-autofocus leftSection={<Icon name={copied ? 'check' : 'copy'} size={16} />} onClick={copy}>
            <span role="status">{copied ? t.words.copied : t.words.copy}</span>
          </Button>
          <Button onClick={onClose}>{t.words.kept}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
