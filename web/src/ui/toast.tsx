import { Anchor } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { ApiError } from '../api/client';
import { t } from '../text';
import { Icon } from './icons';

// `to` is a place of this page, offered as a link.
export function toast(message: string, options: { hint?: string; to?: string; link?: string } = {}) {
  const { hint, to, link } = options;
  notifications.show({
    title: message,
    message: (
      <>
        {hint} {to && <Anchor href={to}>{link ?? t.backups.watch}</Anchor>}
      </>
    ),
    color: 'teal',
    icon: <Icon name="check" />,
    autoClose: to ? 12_000 : 5000,
  });
}

export function toastError(error: unknown) {
  const known = error instanceof ApiError ? error : null;
  notifications.show({
    title: known?.message ?? t.errors.offline,
    message: known ? known.hint : t.errors.offlineHint,
    color: 'orange',
    icon: <Icon name="warn" />,
    autoClose: 12_000,
  });
}
