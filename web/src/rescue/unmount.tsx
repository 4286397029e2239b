import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Mount } from '../api/types';
import { duration, secondsBetween } from '../format';
import { m } from '../text/mounts';
import { Dot, type Tone, useNow } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { toast } from '../ui/toast';
import { isLeft, isUnmountable } from './documents';

export function Unmount({ mount, size }: { mount: Mount; size?: string }) {
  const me = useQuery(meQuery).data;
  const [asking, setAsking] = useState(false);
  if (!isUnmountable(mount) || !may(me, 'project.backups.restore', mount.project_id)) return null;
  return (
    <>
      <Button variant="default" size={size} onClick={() => setAsking(true)}>
        {m.unmount}
      </Button>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={m.unmountTitle}
        warning={isLeft(mount) ? m.unmountLeft : m.unmountText}
        action={m.unmount}
        danger={false}
        run={() => take(api.DELETE('/api/v1/mounts/{id}', { params: { path: { id: mount.id } } }))}
        onDone={() => {
          toast(m.unmountStarted);
          void queryClient.invalidateQueries({ queryKey: ['mounts'] });
        }}
      />
    </>
  );
}

const tones: Record<Mount['status'], Tone> = { mounting: 'busy', mounted: 'good', unmounting: 'busy', ended: 'quiet', failed: 'bad' };

export function MountStatus({ mount }: { mount: Mount }) {
  return <Dot tone={tones[mount.status]}>{m.status[mount.status]}</Dot>;
}

// How long it stands yet; nothing once it does not.
export function TimeLeft({ mount }: { mount: Mount }) {
  const now = useNow(20_000);
  if (mount.status !== 'mounted') return null;
  const left = secondsBetween(new Date(now).toISOString(), mount.expires_at) ?? 0;
  return <span className="numbers">{left > 0 ? m.left(duration(left < 60 ? left : Math.floor(left / 60) * 60)) : m.over}</span>;
}
