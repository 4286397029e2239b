import { ActionIcon, Button, Checkbox, Group, Menu, Modal, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { api, authHeaders, credentials, errorOf, take } from '../api/client';
import { backupsQuery, meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Backup, Environment } from '../api/types';
import { ago, bytes, count, duration, moment } from '../format';
import { useRestore } from '../restore/provider';
import { t } from '../text';
import { Ago, Copy, Dot, Empty, ErrorBox, Fact, RowSkeletons, toneOf } from './bits';
import { Confirm } from './confirm';
import { Icon } from './icons';
import { toast, toastError } from './toast';

export const restorable = (backup: Backup) => backup.status === 'completed' && backup.is_verified;
export const nameOf = (backup: Backup) => backup.name || `${t.backupType[backup.backup_type]}, ${moment(backup.created_at)}`;

// With a session the browser loads it itself; a token has to go along in a header.
async function download(backup: Backup) {
  const path = `/api/v1/backups/${backup.id}/download`;
  if (!credentials.token()) {
    location.assign(path);
    return;
  }
  const response = await fetch(path, { headers: authHeaders() });
  if (!response.ok) throw await errorOf(response);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? `${backup.id}.zip`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function Inside({ backup, onClose }: { backup: Backup; onClose: () => void }) {
  const [find, setFind] = useState('');
  const snapshot = backup.environment_snapshot;
  const modules = Object.entries(snapshot.modules).sort();
  return (
    <Modal opened onClose={onClose} title={t.backups.inside} size="lg">
      <dl className="facts">
        <Fact label={t.environment.version}>{snapshot.odoo_version ?? t.inside.unknownYet}</Fact>
        <Fact label={t.inside.postgres}>{snapshot.postgres_version ?? '–'}</Fact>
        <Fact label={t.inside.database}>{bytes(backup.database_size)}</Fact>
        <Fact label={t.inside.filestore}>{bytes(backup.filestore_size)}</Fact>
        <Fact label={t.inside.archive}>{bytes(backup.compressed_size)}</Fact>
        <Fact label={t.inside.duration}>{duration(backup.duration_seconds)}</Fact>
        <Fact label={t.inside.format}>{backup.format ?? '–'}</Fact>
        <Fact label={t.inside.extensions}>{snapshot.extensions.join(', ') || t.words.none}</Fact>
      </dl>
      {backup.notes && <Text size="sm">{backup.notes}</Text>}
      {backup.sha256 && (
        <Text size="xs" c="dimmed" className="breaks">
          {t.inside.checksum} {backup.sha256} <Copy value={backup.sha256} label={t.inside.checksum} />
        </Text>
      )}
      <TextInput mt="md" label={t.inside.modules(modules.length)} placeholder={t.inside.findModule} value={find} onChange={(event) => setFind(event.currentTarget.value)} />
      <ul className="modules" tabIndex={0} aria-label={t.inside.modules(modules.length)}>
        {modules
          .filter(([name]) => name.includes(find))
          .map(([name, version]) => (
            <li key={name}>
              {name} <span>{version}</span>
            </li>
          ))}
      </ul>
    </Modal>
  );
}

export function CreateBackup({ environment, onClose }: { environment: Environment; onClose: () => void }) {
  const [name, setName] = useState(t.backups.defaultName(moment(new Date().toISOString())));
  const [notes, setNotes] = useState('');
  const [files, setFiles] = useState(true);
  const create = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/backups/environments/{environment_id}/backups', {
          params: { path: { environment_id: environment.id } },
          body: { name, notes, include_filestore: files },
        }),
      ),
    onSuccess: (backup) => {
      toast(t.backups.started(environment.name), { to: backup.task_id ? `/tasks/${backup.task_id}` : undefined });
      void queryClient.invalidateQueries({ queryKey: ['backups'] });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t.backups.createTitle(environment.name)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            {t.backups.createIntro}
          </Text>
          <TextInput label={t.backups.createName} description={t.backups.createNameHint} value={name} data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
          <TextInput label={t.backups.createNotes} value={notes} onChange={(event) => setNotes(event.currentTarget.value)} />
          <Checkbox label={t.backups.createFiles} checked={files} onChange={(event) => setFiles(event.currentTarget.checked)} />
          <ErrorBox error={create.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending}>
              {t.backups.createSubmit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Verified({ backup }: { backup: Backup }) {
  if (backup.status !== 'completed') return null;
  const label = backup.is_verified ? t.backups.verifiedAt(backup.verified_at ? ago(backup.verified_at) : '') : t.backups.notVerified;
  return (
    <Tooltip label={label}>
      <span className={backup.is_verified ? 'verified' : 'unverified'}>
        <Icon name={backup.is_verified ? 'shield' : 'shieldOff'} label={backup.is_verified ? t.backups.verified : t.backups.notVerified} />
      </span>
    </Tooltip>
  );
}

function Row({ backup, onInside, onDelete }: { backup: Backup; onInside: () => void; onDelete: () => void }) {
  const me = useQuery(meQuery).data;
  const restore = useRestore();
  const project = backup.project_id;
  const verify = useMutation({
    mutationFn: () => take(api.POST('/api/v1/backups/{id}/verify', { params: { path: { id: backup.id } } })),
    onSuccess: (task) => toast(t.backups.verifyStarted, { to: `/tasks/${task.id}` }),
    onError: toastError,
  });
  const done = backup.status === 'completed';
  return (
    <>
      <div className="cell-main" role="cell">
        <span className="row-name">{nameOf(backup)}</span>
        <span className="quiet">
          {t.backupType[backup.backup_type]}
          {backup.environment_snapshot.name && ` · ${backup.environment_snapshot.name}`}
        </span>
      </div>
      <div role="cell">{done ? <Verified backup={backup} /> : <Dot tone={toneOf[backup.status] ?? 'quiet'}>{t.backupStatus[backup.status]}</Dot>}</div>
      <div role="cell" className="numbers">
        {done ? bytes(backup.compressed_size) : ''}
      </div>
      <div role="cell">
        <Ago at={backup.created_at} />
      </div>
      <div role="cell" className="quiet">
        {backup.environment_snapshot.odoo_version ?? ''}
      </div>
      <div role="cell" className="row-actions">
        {may(me, 'project.backups.restore', project) && (
          <Button size="compact-sm" variant="default" disabled={!restorable(backup)} onClick={() => restore({ backup })} aria-label={`${t.backups.restore}: ${nameOf(backup)}`}>
            {t.backups.restore}
          </Button>
        )}
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`${t.words.more}: ${nameOf(backup)}`}>
              <Icon name="more" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<Icon name="eye" size={16} />} onClick={onInside}>
              {t.backups.inside}
            </Menu.Item>
            {done && may(me, 'project.backups.create', project) && (
              <Menu.Item leftSection={<Icon name="shield" size={16} />} onClick={() => verify.mutate()}>
                {t.backups.verify}
              </Menu.Item>
            )}
            {done && may(me, 'project.backups.download', project) && (
              <Menu.Item leftSection={<Icon name="download" size={16} />} onClick={() => void download(backup).catch(toastError)}>
                {t.backups.download}
              </Menu.Item>
            )}
            {may(me, 'project.backups.delete', project) && (
              <Menu.Item leftSection={<Icon name="trash" size={16} />} color="red" onClick={onDelete}>
                {t.backups.delete}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      </div>
    </>
  );
}

interface Filter {
  environment_id?: string;
  status?: Backup['status'];
  backup_type?: Backup['backup_type'];
}

// Only the rows on the screen exist: thousands of backups scroll like twenty.
export function BackupList({ filter, emptyText }: { filter: Filter; emptyText: string }) {
  const found = useInfiniteQuery(backupsQuery(filter));
  const [inside, setInside] = useState<Backup | null>(null);
  const [deleting, setDeleting] = useState<Backup | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const total = found.data?.pages[0]?.total ?? 0;
  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: () => 64, overscan: 12, scrollMargin: list.current?.offsetTop ?? 0 });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  useEffect(() => {
    if (last >= rows.length - 30 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (found.error) return <ErrorBox error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <RowSkeletons />;
  if (total === 0) return <Empty icon="backups" title={t.backups.emptyTitle} text={emptyText} />;
  return (
    <>
      <div className="grid-table backups" role="table" aria-label={t.backups.title} aria-rowcount={total}>
        <div className="grid-head" role="row">
          <span role="columnheader">{t.words.name}</span>
          <span role="columnheader">{t.backups.verified}</span>
          <span role="columnheader">{t.words.size}</span>
          <span role="columnheader">{t.words.age}</span>
          <span role="columnheader">Odoo</span>
          <span role="columnheader" className="quiet">
            {t.backups.total(count(total))}
          </span>
        </div>
        <div ref={list} role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize() }}>
          {shown.map((item) => {
            const backup = rows[item.index]!;
            return (
              <div key={backup.id} role="row" aria-rowindex={item.index + 1} className="grid-row" style={{ transform: `translateY(${item.start - virtual.options.scrollMargin}px)` }}>
                <Row backup={backup} onInside={() => setInside(backup)} onDelete={() => setDeleting(backup)} />
              </div>
            );
          })}
        </div>
      </div>
      {inside && <Inside backup={inside} onClose={() => setInside(null)} />}
      {deleting && (
        <Confirm
          opened
          onClose={() => setDeleting(null)}
          title={t.backups.deleteTitle}
          warning={t.backups.deleteWarning}
          word={deleting.name || deleting.id}
          action={t.backups.deleteSubmit}
          run={() => take(api.DELETE('/api/v1/backups/{id}', { params: { path: { id: deleting.id }, query: { confirm: deleting.name || deleting.id } } }))}
          onDone={() => {
            toast(t.backups.deleted);
            void queryClient.invalidateQueries({ queryKey: ['backups'] });
          }}
        />
      )}
    </>
  );
}
