import { Button, Loader, Modal } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, take } from '../api/client';
import { storagesQuery } from '../api/places';
import { meQuery, queryClient } from '../api/queries';
import { mayIn } from '../api/rights';
import type { StorageConfig } from '../api/types';
import { bytes, count } from '../format';
import { t } from '../text';
import { Dot, Empty, ErrorBox, PageHead, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icons';
import { useOrganization } from '../ui/organization';
import { RowMenu, Table } from '../ui/table';
import { toast, toastError } from '../ui/toast';
import { StorageForm } from './storage-form';

const refresh = () => void queryClient.invalidateQueries({ queryKey: ['storages'] });

const place = ({ provider, settings }: StorageConfig) => {
  if (provider === 'local') return settings.folder ?? '';
  if (['sftp', 'ftps', 'ftp'].includes(provider)) return `${settings.username ?? ''}@${settings.host ?? ''}${settings.folder ?? ''}`;
  return [settings.endpoint?.replace(/^https?:\/\//, ''), settings.bucket, settings.prefix].filter(Boolean).join('/');
};

// The whole way of an archive, in small, with each step told.
function Test({ storage, onClose }: { storage: StorageConfig; onClose: () => void }) {
  const test = useMutation({ mutationFn: () => take(api.POST('/api/v1/backups/storage-configs/{id}/test', { params: { path: { id: storage.id } } })) });
  const { mutate } = test;
  useEffect(() => mutate(), [mutate]);
  const tones = { ok: 'good', failed: 'bad', skipped: 'quiet' } as const;
  return (
    <Modal opened onClose={onClose} title={t.storage.testTitle(storage.name)}>
      <div role="status" aria-live="polite" className="test">
        {test.isPending && (
          <p>
            <Loader size="xs" /> {t.storage.testing}
          </p>
        )}
        {test.data && <p className="loud">{test.data.ok ? t.storage.testOk : t.storage.testBad}</p>}
        <ul className="test-steps">
          {test.data?.steps.map((step) => (
            <li key={step.name}>
              <span>{t.storage.steps[step.name]}</span>
              <Dot tone={tones[step.status]}>{t.storage.stepStatus[step.status]}</Dot>
              {step.reason && (
                <p className="quiet breaks" lang="en">
                  {[step.reason, step.hint].filter(Boolean).join('; ')}
                </p>
              )}
            </li>
          ))}
        </ul>
      </div>
      <ErrorBox error={test.error} onRetry={() => mutate()} />
    </Modal>
  );
}

type Doing = { what: 'add' } | { what: 'edit' | 'test' | 'remove'; one: StorageConfig };

export function Storage() {
  const me = useQuery(meQuery).data;
  const { organization, choice, error, isNone } = useOrganization();
  const found = useQuery({ ...storagesQuery(organization?.id ?? ''), enabled: !!organization && mayIn(me, 'org.storage.list', organization.id) });
  const [doing, setDoing] = useState<Doing | null>(null);
  const manages = !!organization && mayIn(me, 'org.storage.manage', organization.id);
  const makeDefault = (one: StorageConfig) =>
    take(api.PATCH('/api/v1/backups/storage-configs/{id}', { params: { path: { id: one.id } }, body: { is_default: true } }))
      .then(() => toast(t.storage.madeDefault(one.name)))
      .then(refresh)
      .catch(toastError);
  const add = manages && (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setDoing({ what: 'add' })}>
      {t.storage.add}
    </Button>
  );
  const rows = found.data ?? [];
  return (
    <>
      <PageHead title={t.storage.title} about={t.storage.intro}>
        {choice}
        {rows.length > 0 && add}
      </PageHead>
      {isNone && <Empty icon="storage" title={t.storage.title} text={t.people.none} />}
      <ErrorBox error={error ?? found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons />}
      {found.data?.length === 0 && (
        <Empty icon="storage" title={t.storage.emptyTitle} text={t.storage.emptyText}>
          {add}
        </Empty>
      )}
      {rows.length > 0 && (
        <Table
          label={t.storage.title}
          rows={rows}
          keyOf={(one) => one.id}
          columns={[
            {
              title: t.words.name,
              kind: 'main',
              cell: (one) => (
                <>
                  {one.name} {one.is_default && <span className="tag tag-production">{t.storage.default}</span>} {one.encrypt_archives && <span className="tag">{t.storage.encrypted}</span>}
                </>
              ),
            },
            { title: t.storage.provider, cell: (one) => t.storage.providers[one.provider] },
            { title: t.storage.where, cell: (one) => <code className="breaks">{place(one)}</code> },
            { title: t.storage.holds, cell: (one) => <span className="numbers">{t.storage.holdsText(count(one.usage.objects), bytes(one.usage.bytes))}</span> },
            {
              title: t.words.more,
              kind: 'actions',
              cell: (one) =>
                manages && (
                  <>
                    <Button size="compact-sm" variant="default" onClick={() => setDoing({ what: 'test', one })} aria-label={`${t.storage.test}: ${one.name}`}>
                      {t.storage.test}
                    </Button>
                    <RowMenu
                      name={one.name}
                      actions={[
                        { label: t.storage.edit, run: () => setDoing({ what: 'edit', one }) },
                        !one.is_default && { label: t.storage.makeDefault, run: () => void makeDefault(one) },
                        { label: t.words.remove, danger: true, run: () => setDoing({ what: 'remove', one }) },
                      ]}
                    />
                  </>
                ),
            },
          ]}
        />
      )}
      {doing?.what === 'add' && organization && <StorageForm organization={organization.id} onClose={() => setDoing(null)} onDone={refresh} />}
      {doing?.what === 'edit' && organization && <StorageForm organization={organization.id} present={doing.one} onClose={() => setDoing(null)} onDone={refresh} />}
      {doing?.what === 'test' && <Test storage={doing.one} onClose={() => setDoing(null)} />}
      {doing?.what === 'remove' && (
        <Confirm
          opened
          onClose={() => setDoing(null)}
          title={t.storage.removeTitle(doing.one.name)}
          warning={t.storage.removeText}
          action={t.words.remove}
          run={() => take(api.DELETE('/api/v1/backups/storage-configs/{id}', { params: { path: { id: doing.one.id } } }))}
          onDone={() => {
            toast(t.storage.removed(doing.one.name));
            refresh();
          }}
        />
      )}
    </>
  );
}
