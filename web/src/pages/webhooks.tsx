import { Button, Modal, MultiSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { deliveriesQuery, webhooksQuery } from '../api/places';
import { meQuery, queryClient } from '../api/queries';
import { mayIn } from '../api/rights';
import type { Webhook } from '../api/types';
import { t } from '../text';
import { Ago, Dot, Empty, ErrorBox, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { FormDialog, useForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { useOrganization } from '../ui/organization';
import { SecretOnce } from '../ui/secret';
import { RowMenu, Table } from '../ui/table';
import { toast, toastError } from '../ui/toast';

type Event = Webhook['events'][number];
const eventNames: Record<string, string> = t.webhooks.eventNames;
const events = Object.entries(eventNames)
  .filter(([value]) => value !== 'ping')
  .map(([value, label]) => ({ value, label }));
const refresh = () => void queryClient.invalidateQueries({ queryKey: ['webhooks'] });

function WebhookForm({ organization, present, onClose, onMade }: { organization: string; present?: Webhook; onClose: () => void; onMade: (secret: string) => void }) {
  const form = useForm({
    first: { name: present?.name ?? '', url: present?.url ?? 'https://', events: (present?.events ?? []) as string[] },
    send: async ({ name, url, events: told }): Promise<{ name: string; secret?: string }> => {
      const body = { name, url, events: told as Event[] };
      const path = { id: organization };
      return present
        ? take(api.PATCH('/api/v1/organizations/{id}/webhooks/{webhook_id}', { params: { path: { ...path, webhook_id: present.id } }, body }))
        : take(api.POST('/api/v1/organizations/{id}/webhooks', { params: { path }, body }));
    },
    onDone: (webhook) => {
      refresh();
      onClose();
      if (webhook.secret) onMade(webhook.secret);
      else toast(t.webhooks.changed(webhook.name));
    },
  });
  return (
    <FormDialog handle={form} title={present ? t.webhooks.change : t.webhooks.add} intro={t.webhooks.intro} action={present ? t.words.save : t.webhooks.add} onClose={onClose}>
      <TextInput label={t.words.name} required data-autofocus {...form.text('name')} />
      <TextInput label={t.webhooks.url} required spellCheck={false} {...form.text('url')} />
      <MultiSelect
        label={t.webhooks.events}
        placeholder={form.values.events.length ? undefined : t.webhooks.everything}
        data={events}
        value={form.values.events}
        error={form.fault('/events')}
        onChange={(told) => form.change({ events: told })}
      />
    </FormDialog>
  );
}

function Deliveries({ organization, webhook, onClose }: { organization: string; webhook: Webhook; onClose: () => void }) {
  const found = useQuery(deliveriesQuery(organization, webhook.id));
  const tones = { pending: 'busy', delivered: 'good', failed: 'bad' } as const;
  const again = (delivery: string) =>
    take(
      api.POST('/api/v1/organizations/{id}/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver', {
        params: { path: { id: organization, webhook_id: webhook.id, delivery_id: delivery } },
      }),
    )
      .then(refresh)
      .catch(toastError);
  return (
    <Modal opened onClose={onClose} title={`${t.webhooks.deliveries}: ${webhook.name}`} size="lg">
      <ErrorBox error={found.error} />
      {found.data?.items.length === 0 && <p className="quiet">{t.webhooks.noDeliveries}</p>}
      <ul className="rows">
        {found.data?.items.map((one) => (
          <li key={one.id} className="run-row">
            <span>{eventNames[one.type] ?? one.type}</span>
            <Dot tone={tones[one.state]}>{t.webhooks.state[one.state]}</Dot>
            <span className="quiet">
              {t.webhooks.attempts(one.attempts)}
              {one.response_status ? ` · HTTP ${one.response_status}` : ''} · <Ago at={one.created_at} />
            </span>
            {one.state !== 'pending' && (
              <Button size="compact-xs" variant="default" onClick={() => void again(one.id)}>
                {t.webhooks.again}
              </Button>
            )}
            {one.error && (
              <span className="quiet breaks" lang="en">
                {one.error}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Modal>
  );
}

type Doing = { what: 'add' } | { what: 'change' | 'deliveries' | 'remove'; one: Webhook };

export function Webhooks() {
  const me = useQuery(meQuery).data;
  const { organization, choice, isNone } = useOrganization();
  const manages = !!organization && mayIn(me, 'org.webhooks.manage', organization.id);
  const found = useQuery({ ...webhooksQuery(organization?.id ?? ''), enabled: manages });
  const [doing, setDoing] = useState<Doing | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  if (isNone || (organization && !manages)) return <Empty icon="out" title={t.webhooks.title} text={isNone ? t.people.none : t.restore.noPermission} />;
  const rows = found.data ?? [];
  const path = (one: Webhook) => ({ params: { path: { id: organization!.id, webhook_id: one.id } } });
  const turn = (one: Webhook) =>
    take(api.PATCH('/api/v1/organizations/{id}/webhooks/{webhook_id}', { ...path(one), body: { is_enabled: !one.is_enabled } }))
      .then(refresh)
      .catch(toastError);
  const ping = (one: Webhook) =>
    take(api.POST('/api/v1/organizations/{id}/webhooks/{webhook_id}/test', path(one)))
      .then(() => {
        toast(t.webhooks.tested);
        setDoing({ what: 'deliveries', one });
      })
      .catch(toastError);
  const add = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setDoing({ what: 'add' })}>
      {t.webhooks.add}
    </Button>
  );
  return (
    <>
      {(choice || rows.length > 0) && (
        <div className="tools">
          {choice}
          {rows.length > 0 && add}
        </div>
      )}
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons rows={2} />}
      {found.data && rows.length === 0 && (
        <Empty icon="out" title={t.webhooks.emptyTitle} text={t.webhooks.emptyText}>
          {add}
        </Empty>
      )}
      {rows.length > 0 && (
        <Table
          label={t.webhooks.title}
          rows={rows}
          keyOf={(one) => one.id}
          columns={[
            {
              title: t.words.name,
              kind: 'main',
              cell: (one) => (
                <span className="cell-main">
                  <span className="row-name">{one.name}</span>
                  <code className="quiet breaks">{one.url}</code>
                </span>
              ),
            },
            { title: t.webhooks.events, cell: (one) => one.events.map((event) => eventNames[event] ?? event).join(', ') || t.webhooks.everything },
            {
              title: t.words.status,
              cell: (one) => (
                <>
                  <Dot tone={one.is_enabled ? 'good' : one.disabled_reason ? 'bad' : 'quiet'}>{one.is_enabled ? t.webhooks.enabled : t.webhooks.disabled}</Dot>
                  {one.disabled_reason && (
                    <span className="quiet" lang="en">
                      {one.disabled_reason}
                    </span>
                  )}
                </>
              ),
            },
            {
              title: t.words.more,
              kind: 'actions',
              cell: (one) => (
                <RowMenu
                  name={one.name}
                  actions={[
                    { label: t.webhooks.test, run: () => void ping(one) },
                    { label: t.webhooks.deliveries, run: () => setDoing({ what: 'deliveries', one }) },
                    { label: t.webhooks.change, run: () => setDoing({ what: 'change', one }) },
                    { label: one.is_enabled ? t.webhooks.disable : t.webhooks.enable, run: () => void turn(one) },
                    { label: t.words.delete, danger: true, run: () => setDoing({ what: 'remove', one }) },
                  ]}
                />
              ),
            },
          ]}
        />
      )}
      {(doing?.what === 'add' || doing?.what === 'change') && organization && (
        <WebhookForm organization={organization.id} present={doing.what === 'change' ? doing.one : undefined} onClose={() => setDoing(null)} onMade={setSecret} />
      )}
      {doing?.what === 'deliveries' && organization && <Deliveries organization={organization.id} webhook={doing.one} onClose={() => setDoing(null)} />}
      {secret && <SecretOnce title={t.webhooks.secret} text={t.webhooks.secretText} value={secret} onClose={() => setSecret(null)} />}
      {doing?.what === 'remove' && (
        <Confirm
          opened
          onClose={() => setDoing(null)}
          title={t.webhooks.removeTitle(doing.one.name)}
          warning={t.webhooks.removeText}
          action={t.words.delete}
          run={() => take(api.DELETE('/api/v1/organizations/{id}/webhooks/{webhook_id}', path(doing.one)))}
          onDone={() => {
            toast(t.webhooks.removed(doing.one.name));
            refresh();
          }}
        />
      )}
    </>
  );
}
