import { Button, Group } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, take } from '../api/client';
import { meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Environment, Server } from '../api/types';
import { moment, spanOf } from '../format';
import { lifetimes } from '../restore/choices';
import { SnapshotSettings } from '../snapshots/settings';
import { t } from '../text';
import { Ago, Command, Copy, ErrorBox, Fact, Panel } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icons';
import { toast } from '../ui/toast';

function Names({ label, names }: { label: string; names: (string | null)[] }) {
  const known = names.filter((name) => name);
  if (known.length === 0) return null;
  return (
    <Fact label={label}>
      {known.map((name) => (
        <div key={name}>
          <code>{name}</code>
        </div>
      ))}
    </Fact>
  );
}

// What Reprise has made goes with its data; what it was told of is only forgotten.
function Removal({ one }: { one: Environment }) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const adopted = one.origin === 'adopted';
  const texts = adopted
    ? { title: t.environment.forgetTitle(one.name), text: t.environment.forgetText, action: t.environment.forget }
    : { title: t.environment.removeTitle(one.name), text: t.environment.removeText, action: t.environment.remove };
  return (
    <Panel title={texts.action}>
      <p className="panel-text measure">{texts.text}</p>
      <Button color="red" variant="outline" leftSection={<Icon name="trash" size={16} />} onClick={() => setAsking(true)}>
        {texts.action}
      </Button>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={texts.title}
        warning={texts.text}
        word={one.name}
        action={texts.action}
        run={async () => {
          const { task_id } = await take(api.DELETE('/api/v1/environments/{id}', { params: { path: { id: one.id }, query: { confirm: one.name } } }));
          toast(adopted ? t.environment.forgotten(one.name) : t.environment.removed(one.name), { to: `/tasks/${task_id}` });
        }}
        onDone={() => {
          for (const key of ['environments', 'protection', 'schedules', 'tasks']) void queryClient.invalidateQueries({ queryKey: [key] });
          void navigate({ to: '/environments' });
        }}
      />
    </Panel>
  );
}

// A temporary one removes itself; whoever may remove it may let it stay, or live longer.
function Lifetime({ one }: { one: Environment }) {
  const set = useMutation({
    mutationFn: (minutes: number | null) =>
      take(api.PUT('/api/v1/environments/{id}/expiry', { params: { path: { id: one.id } }, body: { expires_in_minutes: minutes } })),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['environments'] }),
  });
  return (
    <Panel title={t.environment.temporary}>
      <p className="panel-text measure">{one.expires_at ? t.environment.goesAt(moment(one.expires_at)) : t.environment.staysText}</p>
      <Group>
        {one.expires_at && (
          <Button variant="default" loading={set.isPending} onClick={() => set.mutate(null)}>
            {t.environment.letStay}
          </Button>
        )}
        {lifetimes.map((minutes) => (
          <Button key={minutes} variant="subtle" disabled={set.isPending} onClick={() => set.mutate(minutes)}>
            {t.restore.after(spanOf(minutes))}
          </Button>
        ))}
      </Group>
      <ErrorBox error={set.error} />
    </Panel>
  );
}

export function EnvironmentSettings({ environment: one, server }: { environment: Environment; server: Server | undefined }) {
  const me = useQuery(meQuery).data;
  const removable = one.status !== 'deleted' && may(me, 'project.environments.delete', one.project_id);
  return (
    <>
      <Panel title={t.environment.what}>
        <dl className="facts">
          <Fact label={t.words.name}>{one.name}</Fact>
          <Fact label={t.words.type}>{t.types[one.environment_type]}</Fact>
          <Fact label={t.environment.origin}>{t.environment.origins[one.origin]}</Fact>
          <Fact label={t.environment.version}>{one.odoo_version ? t.environments.odoo(one.odoo_version) : '–'}</Fact>
          <Fact label={t.environment.server}>{server ? `${server.name} (${server.address})` : '–'}</Fact>
          <Fact label={t.environment.sinceWhen}>
            <Ago at={one.created_at} />
          </Fact>
          <Fact label={t.environment.database}>{one.db_name ?? '–'}</Fact>
          <Fact label={t.environment.user}>{one.db_user ?? '–'}</Fact>
          <Fact label={t.environment.folder}>{one.data_dir ? <code>{one.data_dir}</code> : '–'}</Fact>
          <Names label={t.environment.containers} names={[one.containers.odoo, one.containers.pgbouncer, one.containers.db]} />
          <Names label={t.environment.images} names={[one.images.odoo, one.images.pgbouncer, one.images.db]} />
          <Names label={t.environment.volumes} names={one.volumes} />
          <Names label={t.environment.network} names={[one.network]} />
          <Fact label="ID">
            <code>{one.id}</code> <Copy value={one.id} />
          </Fact>
        </dl>
        <h3 className="small-title">{t.words.sameByCli}</h3>
        <Command>{`reprise env show ${one.id}`}</Command>
      </Panel>
      {one.status !== 'deleted' && may(me, 'project.backups.restore', one.project_id) && <SnapshotSettings environment={one} />}
      {removable && one.origin === 'deployed' && one.environment_type !== 'production' && <Lifetime one={one} />}
      {removable && <Removal one={one} />}
    </>
  );
}
