import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { lazy, Suspense, useLayoutEffect, useRef, useState } from 'react';
import { api, take } from '../api/client';
import { backupQuery, meQuery, queryClient } from '../api/queries';
import type { Backup } from '../api/types';
import { count } from '../format';
import { t } from '../text';
import { Inside } from './backup-inside';
import { type BackupFilter, useBackupRows } from './backup-pages';
import { BackupRow } from './backup-row';
import { Empty, ErrorBox, RowSkeletons } from './bits';
import { Confirm } from './confirm';
import { toast } from './toast';

export { CreateBackup } from './backup-create';
export { nameOf, restorable } from './backup-names';

const MountDialog = lazy(() => import('../rescue/mount-dialog').then((all) => ({ default: all.MountDialog })));

const rowHeight = 64;

function Delete({ backup, onClose }: { backup: Backup; onClose: () => void }) {
  const word = backup.name || backup.id;
  return (
    <Confirm
      opened
      onClose={onClose}
      title={t.backups.deleteTitle}
      warning={t.backups.deleteWarning}
      word={word}
      action={t.backups.deleteSubmit}
      run={() => take(api.DELETE('/api/v1/backups/{id}', { params: { path: { id: backup.id }, query: { confirm: word } } }))}
      onDone={() => {
        toast(t.backups.deleted);
        void queryClient.invalidateQueries({ queryKey: ['backups'] });
      }}
    />
  );
}

// One backup that an address names, wherever it is in the list.
function Named({ id, onMount, onClose }: { id: string; onMount: (backup: Backup) => void; onClose: () => void }) {
  const backup = useQuery(backupQuery(id)).data;
  return backup ? <Inside backup={backup} onMount={onMount} onClose={onClose} /> : null;
}

interface Props {
  filter: BackupFilter;
  emptyText: string;
  emptyTitle?: string; // else that there is no backup
  onClearFilter?: () => void; // given when the filter hides something
  show?: string; // a backup to look into
  onShown?: () => void;
}

// Only the rows on the screen exist, and only their pages are asked for: ten thousand backups scroll like twenty.
export function BackupList({ filter, emptyText, emptyTitle, onClearFilter, show, onShown }: Props) {
  const [inside, setInside] = useState<Backup | null>(null);
  const [mounting, setMounting] = useState<Backup | null>(null);
  const [deleting, setDeleting] = useState<Backup | null>(null);
  const me = useQuery(meQuery).data;
  const [total, setTotal] = useState(0);
  const [top, setTop] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const virtual = useWindowVirtualizer({ count: total, estimateSize: () => rowHeight, overscan: 8, scrollMargin: top, useFlushSync: false });
  const items = virtual.getVirtualItems();
  const found = useBackupRows(filter, items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
  useLayoutEffect(() => {
    setTotal(found.total);
    if (list.current) setTop(list.current.getBoundingClientRect().top + window.scrollY);
  }, [found.total]);

  const named = (
    <>
      {show && <Named id={show} onMount={setMounting} onClose={() => onShown?.()} />}
      {mounting && (
        <Suspense>
          <MountDialog backup={mounting} onClose={() => setMounting(null)} />
        </Suspense>
      )}
    </>
  );
  if (found.newest.error && !found.newest.data) return <ErrorBox error={found.newest.error} onRetry={() => void found.newest.refetch()} />;
  if (!found.newest.data) return <RowSkeletons />;
  if (found.total === 0) {
    return (
      <>
        <Empty icon="backups" title={onClearFilter ? t.backups.noMatch : (emptyTitle ?? t.backups.emptyTitle)} text={onClearFilter ? '' : emptyText}>
          {onClearFilter && (
            <Button variant="default" onClick={onClearFilter}>
              {t.backups.clear}
            </Button>
          )}
        </Empty>
        {named}
      </>
    );
  }
  return (
    <>
      <div className="grid-table backups" role="table" aria-label={t.backups.title} aria-rowcount={found.total}>
        <div className="grid-head" role="row">
          <span role="columnheader">{t.words.name}</span>
          <span role="columnheader">{t.backups.verified}</span>
          <span role="columnheader">{t.words.size}</span>
          <span role="columnheader">{t.words.age}</span>
          <span role="columnheader">Odoo</span>
          <span role="columnheader" className="quiet">
            {t.backups.total(count(found.total))}
          </span>
        </div>
        <div ref={list} role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const backup = found.row(item.index);
            return (
              <div
                key={item.index}
                role="row"
                aria-rowindex={item.index + 1}
                aria-busy={!backup}
                className="grid-row"
                style={{ transform: `translateY(${item.start - virtual.options.scrollMargin}px)` }}
              >
                {backup ? <BackupRow key={backup.id} me={me} backup={backup} onInside={setInside} onMount={setMounting} onDelete={setDeleting} /> : <Waiting />}
              </div>
            );
          })}
        </div>
      </div>
      {inside && <Inside backup={inside} onMount={setMounting} onClose={() => setInside(null)} />}
      {deleting && <Delete backup={deleting} onClose={() => setDeleting(null)} />}
      {named}
    </>
  );
}

function Waiting() {
  return (
    <div role="cell" className="cell-main">
      <Skeleton height={14} width="55%" animate={false} />
      <Skeleton height={10} width="30%" animate={false} />
    </div>
  );
}
