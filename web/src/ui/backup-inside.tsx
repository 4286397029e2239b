import { Button, Modal, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { meQuery } from '../api/queries';
import type { Backup } from '../api/types';
import { bytes, duration, moment } from '../format';
import { t } from '../text';
import { mountable, nameOf } from './backup-names';
import { Copy, Fact } from './bits';
import { Icon } from './icons';

// All that is known of a backup without restoring it.
export function Inside({ backup, onMount, onClose }: { backup: Backup; onMount: (backup: Backup) => void; onClose: () => void }) {
  const me = useQuery(meQuery).data;
  const [find, setFind] = useState('');
  const snapshot = backup.environment_snapshot;
  const modules = Object.entries(snapshot.modules).sort();
  return (
    <Modal opened onClose={onClose} title={`${t.inside.title}: ${nameOf(backup)}`} size="lg">
      <dl className="facts">
        <Fact label={t.words.status}>{t.backupStatus[backup.status]}</Fact>
        <Fact label={t.words.type}>{t.backupType[backup.backup_type]}</Fact>
        <Fact label={t.backups.verified}>{backup.verified_at ? moment(backup.verified_at) : t.backups.notVerified}</Fact>
        <Fact label={t.environment.version}>{snapshot.odoo_version ?? t.inside.unknownYet}</Fact>
        <Fact label={t.inside.postgres}>{snapshot.postgres_version ?? '–'}</Fact>
        <Fact label={t.inside.database}>{bytes(backup.database_size)}</Fact>
        <Fact label={t.inside.filestore}>{bytes(backup.filestore_size)}</Fact>
        <Fact label={t.inside.archive}>{bytes(backup.compressed_size)}</Fact>
        <Fact label={t.inside.duration}>{duration(backup.duration_seconds)}</Fact>
        <Fact label={t.inside.format}>{[backup.format ?? '–', ...(backup.incremental ? [t.backups.createIncremental] : [])].join(', ')}</Fact>
        <Fact label={t.inside.extensions}>{snapshot.extensions.join(', ') || t.words.none}</Fact>
        {backup.notes && <Fact label={t.inside.notes}>{backup.notes}</Fact>}
      </dl>
      {mountable(me, backup) && (
        <Button
          mt="md"
          variant="default"
          leftSection={<Icon name="search" size={16} />}
          onClick={() => {
            onClose();
            onMount(backup);
          }}
        >
          {t.backups.mount}
        </Button>
      )}
      {backup.error_message && <p className="step-error">{backup.error_message}</p>}
      {backup.sha256 && (
        <Text size="xs" c="dimmed" className="breaks" mt="sm">
          {t.inside.checksum} {backup.sha256} <Copy value={backup.sha256} label={t.inside.checksum} />
        </Text>
      )}
      {modules.length > 0 && (
        <>
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
        </>
      )}
    </Modal>
  );
}
