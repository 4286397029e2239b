import { Button, Progress, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useLiveTask } from '../api/live';
import { backupQuery, meQuery } from '../api/queries';
import { may } from '../api/rights';
import type { Backup, Mount } from '../api/types';
import { Documents } from '../rescue/document-list';
import { isLeft } from '../rescue/documents';
import { MountDialog } from '../rescue/mount-dialog';
import { useMountName } from '../rescue/open-mounts';
import { mountQuery } from '../rescue/queries';
import { Tables } from '../rescue/tables';
import { MountStatus, TimeLeft, Unmount } from '../rescue/unmount';
import { lifetimes } from '../restore/choices';
import { useRestore } from '../restore/provider';
import { t } from '../text';
import { m } from '../text/mounts';
import { mountable, restorable } from '../ui/backup-names';
import { Empty, PageHead, Panel, RowSkeletons } from '../ui/bits';
import { Icon } from '../ui/icons';
import { TaskLog, TaskSteps } from '../ui/task-steps';
import { Trouble } from '../ui/trouble';
import '../rescue.css';

export interface MountSearch {
  tab?: string;
  q?: string;
  model?: string;
  show?: string; // "all": not only what differs or is missing
}

// Its task, live.
function Working({ mount, text }: { mount: Mount; text: string }) {
  const task = useLiveTask(mount.task_id);
  const one = task.data;
  return (
    <>
      <p className="sentence panel-text">{text}</p>
      {one && (
        <>
          <Progress value={one.percent} size="lg" mb="md" aria-label={t.taskKind[one.kind] ?? one.kind} />
          <Panel title={t.task.steps}>
            <TaskSteps steps={one.steps} kind={one.kind} />
            <TaskLog id={one.id} tick={task.dataUpdatedAt} />
          </Panel>
        </>
      )}
    </>
  );
}

function Again({ backup }: { backup: Backup | undefined }) {
  const me = useQuery(meQuery).data;
  const [ordering, setOrdering] = useState(false);
  if (!backup || !mountable(me, backup)) return null;
  return (
    <>
      <Button onClick={() => setOrdering(true)}>{m.again}</Button>
      {ordering && <MountDialog backup={backup} onClose={() => setOrdering(false)} />}
    </>
  );
}

function Failed({ mount, backup }: { mount: Mount; backup: Backup | undefined }) {
  const task = useLiveTask(mount.task_id).data;
  return (
    <section className="card card-attention" role="alert">
      <h2>{m.failedTitle}</h2>
      <p lang="en" className="sentence">
        {mount.error_message}
      </p>
      {task?.error_hint && <p lang="en">{task.error_hint}</p>}
      {isLeft(mount) && <p>{m.leftOver}</p>}
      <div className="card-actions">
        <Again backup={backup} />
        <Button variant="default" component={Link} to={`/tasks/${mount.task_id}`}>
          {m.steps}
        </Button>
      </div>
    </section>
  );
}

function Inside({ mount, environment }: { mount: Mount; environment: string }) {
  const search = useSearch({ from: '/mounts/$id' });
  const navigate = useNavigate();
  const me = useQuery(meQuery).data;
  const { id } = mount;
  const go = (some: MountSearch) => void navigate({ to: '/mounts/$id', params: { id }, search: some, replace: true });
  const tab = search.tab === 'documents' ? 'documents' : 'tables';
  const find = search.q ?? '';
  const all = search.show === 'all';
  const change = ({ find: q, all: whole, ...rest }: { find?: string; model?: string; all?: boolean }) =>
    go({
      ...search,
      ...(q === undefined ? {} : { q: q || undefined }),
      ...(rest.model === undefined ? {} : { model: rest.model || undefined }),
      ...(whole === undefined ? {} : { show: whole ? 'all' : undefined }),
    });
  if (!may(me, 'project.backups.download', mount.project_id)) return <Empty icon="key" title={m.mayNotTitle} text={m.mayNotText} />;
  return (
    <Tabs value={tab} onChange={(next) => go({ tab: next === 'documents' ? next : undefined })} keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="tables">{m.tabs.tables}</Tabs.Tab>
        <Tabs.Tab value="documents">{m.tabs.documents}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="tables">
        <Tables mountId={id} find={find} all={all} onChange={change} />
      </Tabs.Panel>
      <Tabs.Panel value="documents">
        <Documents
          mountId={id}
          environment={environment}
          mayBring={may(me, 'project.backups.restore', mount.project_id)}
          find={find}
          model={search.model ?? ''}
          all={all}
          onChange={change}
        />
      </Tabs.Panel>
    </Tabs>
  );
}

export function MountPage() {
  const { id } = useParams({ from: '/mounts/$id' });
  const me = useQuery(meQuery).data;
  const restore = useRestore();
  const found = useQuery(mountQuery(id));
  const mount = found.data;
  const names = useMountName(mount);
  const backup = useQuery({ ...backupQuery(mount?.backup_id ?? ''), enabled: !!mount }).data;
  if (found.error && !mount) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  if (!mount) return <RowSkeletons />;
  return (
    <>
      <PageHead
        title={names.title}
        about={
          <>
            <MountStatus mount={mount} />
            <TimeLeft mount={mount} />
            <span>
              {m.backup}:{' '}
              <Link to="/backups" search={{ show: mount.backup_id }}>
                {names.backup}
              </Link>
            </span>
            <span>
              {m.environment}:{' '}
              <Link to="/environments/$id" params={{ id: mount.environment_id }}>
                {names.environment}
              </Link>
            </span>
          </>
        }
      >
        {backup && restorable(backup) && may(me, 'project.backups.restore', backup.project_id) && (
          <Button variant="default" leftSection={<Icon name="restore" size={16} />} onClick={() => restore({ backup, preset: { mode: 'new', lifetime: lifetimes[0] } })}>
            {m.whole}
          </Button>
        )}
        <Unmount mount={mount} />
      </PageHead>
      <p className="visually-hidden" role="status">
        {mount.status === 'mounted' && m.ready}
      </p>
      {mount.status === 'mounting' && <Working mount={mount} text={m.loading} />}
      {mount.status === 'unmounting' && <Working mount={mount} text={m.unmounting} />}
      {mount.status === 'mounted' && <Inside mount={mount} environment={names.environment} />}
      {mount.status === 'failed' && <Failed mount={mount} backup={backup} />}
      {mount.status === 'ended' && (
        <Empty icon="clock" title={m.endedTitle} text={m.endedText}>
          <Again backup={backup} />
        </Empty>
      )}
    </>
  );
}
