import { Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { memo, useState } from 'react';
import { api, take } from '../api/client';
import { queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Backup, Me } from '../api/types';
import { ago, bytes, exact } from '../format';
import { useRestore } from '../restore/provider';
import { t } from '../text';
import { mountable, nameOf, restorable } from './backup-names';
import { Dot, toneOf } from './bits';
import { download } from './download';
import { Icon } from './icons';
import { toast, toastError } from './toast';

function Verified({ backup }: { backup: Backup }) {
  const label = backup.is_verified ? t.backups.verifiedAt(backup.verified_at ? ago(backup.verified_at) : '') : t.backups.notVerified;
  return (
    <span className={backup.is_verified ? 'verified' : 'unverified'} title={label}>
      <Icon name={backup.is_verified ? 'shield' : 'shieldOff'} /> {backup.is_verified ? t.backups.verified : t.backups.notVerified}
    </span>
  );
}

interface Props {
  me: Me | undefined;
  backup: Backup;
  onInside: (backup: Backup) => void;
  onMount: (backup: Backup) => void;
  onDelete: (backup: Backup) => void;
}

function useRowActions(backup: Backup) {
  const verify = useMutation({
    mutationFn: () => take(api.POST('/api/v1/backups/{id}/verify', { params: { path: { id: backup.id } } })),
    onSuccess: (task) => toast(t.backups.verifyStarted, { to: `/tasks/${task.id}` }),
    onError: toastError,
  });
  const keep = useMutation({
    mutationFn: () => take(api.PATCH('/api/v1/backups/{id}', { params: { path: { id: backup.id } }, body: { keep_forever: !backup.keep_forever } })),
    onSuccess: (changed) => {
      toast(changed.keep_forever ? t.backups.keptNow : t.backups.keptNoMore);
      void queryClient.invalidateQueries({ queryKey: ['backups'] });
    },
    onError: toastError,
  });
  const save = () => void download(backup).then(() => toast(t.backups.downloading), toastError);
  return { verify: () => verify.mutate(), keep: () => keep.mutate(), save };
}

function RowMenu({ me, backup, onInside, onMount, onDelete, onClose }: Props & { onClose: () => void }) {
  const actions = useRowActions(backup);
  const project = backup.project_id;
  const done = backup.status === 'completed';
  return (
    <Menu position="bottom-end" opened onClose={onClose}>
      <Menu.Target>
        <MoreButton backup={backup} onOpen={onClose} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="eye" size={16} />} onClick={() => onInside(backup)}>
          {t.backups.inside}
        </Menu.Item>
        {mountable(me, backup) && (
          <Menu.Item leftSection={<Icon name="search" size={16} />} onClick={() => onMount(backup)}>
            {t.backups.mount}
          </Menu.Item>
        )}
        {done && may(me, 'project.backups.create', project) && (
          <Menu.Item leftSection={<Icon name="shield" size={16} />} onClick={actions.verify}>
            {t.backups.verify}
          </Menu.Item>
        )}
        {done && may(me, 'project.backups.download', project) && (
          <Menu.Item leftSection={<Icon name="download" size={16} />} onClick={actions.save}>
            {t.backups.download}
          </Menu.Item>
        )}
        {may(me, 'project.backups.delete', project) && (
          <Menu.Item leftSection={<Icon name="clock" size={16} />} onClick={actions.keep}>
            {backup.keep_forever ? t.backups.keepNot : t.backups.keep}
          </Menu.Item>
        )}
        {may(me, 'project.backups.delete', project) && (
          <Menu.Item leftSection={<Icon name="trash" size={16} />} color="red" onClick={() => onDelete(backup)}>
            {t.backups.delete}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function MoreButton({ backup, onOpen, ...rest }: { backup: Backup; onOpen: () => void }) {
  return (
    <button type="button" {...rest} className="row-more" aria-label={`${t.words.more}: ${nameOf(backup)}`} aria-haspopup="menu" onClick={onOpen}>
      <Icon name="more" />
    </button>
  );
}

// Light, as rows come and go by the dozen while one scrolls: plain buttons, no clock, and a menu only when it is opened.
export const BackupRow = memo(function BackupRow(props: Props) {
  const { backup, me } = props;
  const [open, setOpen] = useState(false);
  const restore = useRestore();
  const done = backup.status === 'completed';
  return (
    <>
      <div className="cell-main" role="cell">
        <button type="button" className="row-name plain-button" onClick={() => props.onInside(backup)}>
          {nameOf(backup)}
        </button>
        <span className="quiet one-line">
          {t.backupType[backup.backup_type]}
          {backup.environment_snapshot.name && ` · ${backup.environment_snapshot.name}`}
          {backup.keep_forever && ` · ${t.backups.kept}`}
          {!backup.keep_forever && backup.expires_at && ` · ${t.backups.expires(ago(backup.expires_at))}`}
        </span>
      </div>
      <div role="cell">{done ? <Verified backup={backup} /> : <Dot tone={toneOf[backup.status] ?? 'quiet'}>{t.backupStatus[backup.status]}</Dot>}</div>
      <div role="cell" className="numbers">
        {done ? bytes(backup.compressed_size) : ''}
      </div>
      <div role="cell">
        <time dateTime={backup.created_at} title={exact(backup.created_at)}>
          {ago(backup.created_at)}
        </time>
      </div>
      <div role="cell" className="quiet">
        {backup.environment_snapshot.odoo_version ?? ''}
      </div>
      <div role="cell" className="row-actions">
        {may(me, 'project.backups.restore', backup.project_id) && (
          <button
            type="button"
            className="row-button"
            disabled={!restorable(backup)}
            title={restorable(backup) ? undefined : t.backups.cannotRestore}
            onClick={() => restore({ backup })}
            aria-label={`${t.backups.restore}: ${nameOf(backup)}`}
          >
            {t.backups.restore}
          </button>
        )}
        {open ? <RowMenu {...props} onClose={() => setOpen(false)} /> : <MoreButton backup={backup} onOpen={() => setOpen(true)} />}
      </div>
    </>
  );
});
