import { Alert, Button, Loader, Progress, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { organizationsQuery } from '../api/places';
import { environmentsQuery, meQuery, queryClient, serversQuery } from '../api/queries';
import { may, mayIn } from '../api/rights';
import type { Server } from '../api/types';
import { bytes, count } from '../format';
import { t } from '../text';
import { Empty, ErrorBox, Fact, PageHead, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { FormDialog, useForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { RowMenu } from '../ui/table';
import { toast } from '../ui/toast';

const refresh = () => void queryClient.invalidateQueries({ queryKey: ['servers'] });

// Two steps: the server tells its host key, a person compares it with the server's own console, and only then is it kept.
function Enrol({ onClose }: { onClose: () => void }) {
  const me = useQuery(meQuery).data;
  const organizations = (useQuery(organizationsQuery).data ?? []).filter((one) => mayIn(me, 'org.servers.manage', one.id));
  const owners = [...organizations.map((one) => ({ value: one.id, label: one.name })), ...(may(me, 'system.servers.manage') ? [{ value: '', label: t.machines.shared }] : [])];
  const [fingerprint, setFingerprint] = useState<string | null>(null);
  const form = useForm({
    first: { name: '', address: '', user: 'root', port: '', private_key: '', organization_id: organizations[0]?.id ?? '' },
    send: async ({ name, address, user, port, private_key, organization_id }) => {
      const there = { address, user, ...(port ? { port: Number(port) } : {}), ...(organization_id ? { organization_id } : {}) };
      if (!fingerprint) return (await take(api.POST('/api/v1/servers/host-key', { body: there }))).fingerprint;
      await take(api.POST('/api/v1/servers', { body: { ...there, name, private_key, host_key_fingerprint: fingerprint } }));
      return null;
    },
    onDone: (told) => {
      if (told) return setFingerprint(told);
      toast(t.machines.added(form.values.name));
      refresh();
      onClose();
    },
  });
  const text = (key: 'name' | 'address' | 'user' | 'port' | 'private_key') => ({ ...form.text(key), disabled: fingerprint !== null && key !== 'name' && key !== 'private_key' });
  return (
    <FormDialog handle={form} title={t.machines.add} intro={t.machines.intro} action={fingerprint ? t.machines.same : t.machines.askKey} onClose={onClose} size="lg">
      <div className="fields">
        <TextInput label={t.words.name} required data-autofocus autoComplete="off" {...text('name')} />
        {owners.length > 1 && (
          <Select label={t.machines.owner} data={owners} value={form.values.organization_id} allowDeselect={false} disabled={fingerprint !== null} onChange={(id) => form.change({ organization_id: id ?? '' })} />
        )}
      </div>
      <div className="fields">
        <TextInput label={t.machines.host} required autoComplete="off" spellCheck={false} {...text('address')} />
        <TextInput label={t.machines.user} required autoComplete="off" {...text('user')} />
        <TextInput label={t.machines.port} inputMode="numeric" placeholder="22" {...text('port')} />
      </div>
      <Textarea label={t.machines.privateKey} description={t.machines.privateKeyHint} required rows={4} spellCheck={false} autoComplete="off" {...text('private_key')} />
      {fingerprint && (
        <Alert color="orange" variant="light" icon={<Icon name="key" />} title={t.machines.compare} role="status">
          <p className="fingerprint">
            <code className="breaks">{fingerprint}</code>
          </p>
          <code className="quiet breaks">ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub</code>
        </Alert>
      )}
    </FormDialog>
  );
}

function Room({ label, free, all, text }: { label: string; free: number; all: number; text: string }) {
  const used = all > 0 ? Math.min(100, Math.max(0, 100 - (free / all) * 100)) : 0;
  return (
    <Fact label={label}>
      <Progress value={used} size="md" color={used > 90 ? 'orange' : undefined} aria-label={`${label}: ${text}`} />
      <span className="numbers">{text}</span>
    </Fact>
  );
}

function ServerCard({ one, environments, onRemove, manages }: { one: Server; environments: number; onRemove: () => void; manages: boolean }) {
  const look = useMutation({ mutationFn: () => take(api.POST('/api/v1/servers/{id}/test', { params: { path: { id: one.id } } })) });
  const has = look.data;
  return (
    <section className="panel" aria-label={one.name}>
      <div className="panel-head">
        <span className="cell-main">
          <h2 className="panel-title">{one.address === 'local' && one.name === 'local' ? t.machines.local : one.name}</h2>
          <span className="quiet">
            <code>{one.address}</code> · {t.servers.environments(environments)}
            {!one.organization_id && ` · ${t.machines.shared}`}
          </span>
        </span>
        <span className="row-actions">
          <Button size="compact-sm" variant="default" onClick={() => look.mutate()} disabled={look.isPending} aria-label={`${t.machines.test}: ${one.name}`}>
            {look.isPending ? <Loader size={14} aria-label={t.machines.looking} /> : t.machines.test}
          </Button>
          {manages && one.address !== 'local' && <RowMenu name={one.name} actions={[{ label: t.words.remove, danger: true, run: onRemove }]} />}
        </span>
      </div>
      <div aria-live="polite">
        {has && (
          <>
            <dl className="facts">
              <Room label={t.machines.cpu} free={has.cpus - has.busy_cpus} all={has.cpus} text={t.machines.free(count(Math.max(0, Math.round((has.cpus - has.busy_cpus) * 10) / 10)), count(has.cpus))} />
              <Room label={t.machines.memory} free={has.memory_free_bytes} all={has.memory_bytes} text={t.machines.free(bytes(has.memory_free_bytes), bytes(has.memory_bytes))} />
              <Room label={t.machines.disk} free={Math.max(0, has.disk_free_bytes - has.disk_reserved_bytes)} all={has.disk_bytes} text={[t.machines.free(bytes(has.disk_free_bytes), bytes(has.disk_bytes)), ...(has.disk_reserved_bytes > 0 ? [t.machines.reserved(bytes(has.disk_reserved_bytes))] : [])].join(' · ')} />
            </dl>
            <p className="quiet panel-text">{t.machines.engine(has.engine_name, has.engine_version)}</p>
          </>
        )}
      </div>
      <ErrorBox error={look.error} />
    </section>
  );
}

export function Servers() {
  const me = useQuery(meQuery).data;
  const servers = useQuery(serversQuery);
  const environments = useQuery(environmentsQuery).data ?? [];
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Server | null>(null);
  const manages = may(me, 'org.servers.manage') || may(me, 'system.servers.manage');
  return (
    <>
      <PageHead title={t.servers.title} about={t.servers.intro}>
        {manages && (
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
            {t.machines.add}
          </Button>
        )}
      </PageHead>
      <ErrorBox error={servers.error} onRetry={() => void servers.refetch()} />
      {servers.isLoading && <RowSkeletons rows={2} />}
      {servers.data?.length === 0 && <Empty icon="servers" title={t.servers.empty} text={t.machines.intro} />}
      {servers.data?.map((one) => (
        <ServerCard
          key={one.id}
          one={one}
          environments={environments.filter((each) => each.server_id === one.id && each.status !== 'deleted').length}
          manages={one.organization_id ? mayIn(me, 'org.servers.manage', one.organization_id) : may(me, 'system.servers.manage')}
          onRemove={() => setRemoving(one)}
        />
      ))}
      {adding && <Enrol onClose={() => setAdding(false)} />}
      {removing && (
        <Confirm
          opened
          onClose={() => setRemoving(null)}
          title={t.machines.removeTitle(removing.name)}
          warning={t.machines.removeText}
          action={t.words.remove}
          run={() => take(api.DELETE('/api/v1/servers/{id}', { params: { path: { id: removing.id } } }))}
          onDone={() => {
            toast(t.machines.removed(removing.name));
            refresh();
          }}
        />
      )}
    </>
  );
}
