import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { backupQuery, environmentsQuery } from '../api/queries';
import type { Mount } from '../api/types';
import { m } from '../text/mounts';
import { nameOf } from '../ui/backup-names';
import { type MountFilter, openMountsQuery } from './queries';
import { MountStatus, TimeLeft, Unmount } from './unmount';

// As people know it: "before the loss, beside shop".
export function useMountName(mount: Mount | undefined): { backup: string; environment: string; title: string } {
  const found = useQuery({ ...backupQuery(mount?.backup_id ?? ''), enabled: !!mount });
  const environments = useQuery(environmentsQuery).data ?? [];
  const backup = found.data ? nameOf(found.data) : found.isError ? m.goneBackup : '…';
  const environment = environments.find((one) => one.id === mount?.environment_id)?.name ?? m.gone;
  return { backup, environment, title: m.beside(backup, environment) };
}

function OpenMount({ mount }: { mount: Mount }) {
  const { title } = useMountName(mount);
  return (
    <li className="bar">
      <span className="page-about">
        <Link to="/mounts/$id" params={{ id: mount.id }}>
          {title}
        </Link>
        <MountStatus mount={mount} />
        <TimeLeft mount={mount} />
      </span>
      <span className="undo">
        {mount.status === 'mounted' && (
          <Button size="xs" component={Link} to={`/mounts/${mount.id}`} aria-label={`${m.open}: ${title}`}>
            {m.open}
          </Button>
        )}
        <Unmount mount={mount} size="xs" />
      </span>
    </li>
  );
}

// What is mounted now; nothing at all when nothing is.
export function OpenMounts({ filter }: { filter?: MountFilter }) {
  const open = useQuery(openMountsQuery(filter)).data ?? [];
  if (open.length === 0) return null;
  return (
    <ul aria-label={m.title}>
      {open.map((one) => (
        <OpenMount key={one.id} mount={one} />
      ))}
    </ul>
  );
}
