import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Restore } from '../api/types';
import { duration, secondsBetween } from '../format';
import { t } from '../text';
import { useNow } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icons';
import { toast } from '../ui/toast';

// Undo with its countdown, and giving up what undo needs. Nothing where there is nothing to undo.
export function Undo({ restore, bar }: { restore: Restore; bar?: boolean }) {
  const now = useNow();
  const me = useQuery(meQuery).data;
  const [asking, setAsking] = useState<'undo' | 'release' | null>(null);
  const left = restore.undo_expires_at ? secondsBetween(new Date(now).toISOString(), restore.undo_expires_at) : null;
  if (restore.outcome !== 'swapped' || left === null) return null;
  if (left <= 0) return bar ? null : <Text size="sm">{t.watch.undoOver}</Text>;
  if (!may(me, 'project.backups.restore', restore.project_id)) return null;
  const path = { params: { path: { id: restore.id } } };
  const refresh = () => void queryClient.invalidateQueries();
  return (
    <div className="undo">
      <span className="quiet numbers">{bar ? t.environment.undoKept(duration(left)) : t.watch.undoLeft(duration(left))}</span>
      <Button variant="default" size="xs" leftSection={<Icon name="undo" size={15} />} onClick={() => setAsking('undo')}>
        {t.watch.undo}
      </Button>
      <Button variant="subtle" color="gray" size="xs" onClick={() => setAsking('release')}>
        {t.environment.keep}
      </Button>
      <Confirm
        opened={asking === 'undo'}
        onClose={() => setAsking(null)}
        title={t.watch.undoTitle}
        warning={t.watch.undoText}
        action={t.watch.undo}
        run={async () => {
          const { task_id } = await take(api.POST('/api/v1/backups/restore/{id}/undo', path));
          toast(t.watch.undoStarted, { to: `/tasks/${task_id}` });
        }}
        onDone={refresh}
      />
      <Confirm
        opened={asking === 'release'}
        onClose={() => setAsking(null)}
        title={t.watch.releaseTitle}
        warning={t.watch.releaseText}
        action={t.environment.keep}
        run={async () => {
          const { task_id } = await take(api.POST('/api/v1/backups/restore/{id}/release', path));
          toast(t.watch.releaseStarted, { to: `/tasks/${task_id}` });
        }}
        onDone={refresh}
      />
    </div>
  );
}
