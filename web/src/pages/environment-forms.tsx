import { Button, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { meQuery, projectsQuery, queryClient, serversQuery } from '../api/queries';
import { may } from '../api/rights';
import type { EnvironmentType } from '../api/types';
import { t } from '../text';
import { FormDialog, useForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { toast } from '../ui/toast';

const types = Object.entries(t.types).map(([value, label]) => ({ value, label }));
const refresh = () => {
  void queryClient.invalidateQueries({ queryKey: ['environments'] });
  void queryClient.invalidateQueries({ queryKey: ['protection'] });
};
const given = <T extends object>(fields: T) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')) as Partial<T>;

// Where it goes; asked only where there is a choice.
function Place({ form }: { form: { values: { project_id: string; server_id: string }; change: (some: { project_id?: string; server_id?: string }) => void; fault: (at: string) => string | undefined } }) {
  const me = useQuery(meQuery).data;
  const projects = (useQuery(projectsQuery).data ?? []).filter((one) => may(me, 'project.environments.create', one.id));
  const servers = useQuery(serversQuery).data ?? [];
  if (projects.length < 2 && servers.length < 2) return null;
  return (
    <div className="fields">
      {projects.length > 1 && (
        <Select label={t.adopt.project} data={projects.map((one) => ({ value: one.id, label: one.name }))} value={form.values.project_id || null} clearable error={form.fault('/project_id')} onChange={(id) => form.change({ project_id: id ?? '' })} />
      )}
      {servers.length > 1 && (
        <Select label={t.deploy.server} data={servers.map((one) => ({ value: one.id, label: one.name }))} value={form.values.server_id || null} clearable error={form.fault('/server_id')} onChange={(id) => form.change({ server_id: id ?? '' })} />
      )}
    </div>
  );
}

function Adopt({ onClose }: { onClose: () => void }) {
  const form = useForm({
    first: { name: '', environment_type: 'production' as EnvironmentType, odoo_container: '', db_container: '', pgbouncer_container: '', db_name: '', project_id: '', server_id: '' },
    send: ({ name, environment_type, odoo_container, db_container, ...rest }) =>
      take(api.POST('/api/v1/environments/adopt', { body: { name, environment_type, odoo_container, db_container, ...given(rest) } })),
    onDone: (environment) => {
      toast(t.adopt.done(environment.name), { to: `/environments/${environment.id}`, link: t.words.open });
      refresh();
      onClose();
    },
  });
  const container = (key: 'odoo_container' | 'db_container' | 'pgbouncer_container' | 'db_name') => ({ ...form.text(key), autoComplete: 'off', spellCheck: false });
  return (
    <FormDialog handle={form} title={t.adopt.title} intro={t.adopt.intro} action={t.adopt.submit} onClose={onClose} size="lg">
      <fieldset className="group">
        <legend>1 · {t.adoptSteps.which}</legend>
        <div className="fields">
          <TextInput label={t.words.name} required data-autofocus autoComplete="off" {...form.text('name')} />
          <Select label={t.words.type} data={types} value={form.values.environment_type} allowDeselect={false} onChange={(type) => form.change({ environment_type: type as EnvironmentType })} />
        </div>
        <Place form={form} />
      </fieldset>
      <fieldset className="group">
        <legend>2 · {t.adoptSteps.containers}</legend>
        <div className="fields">
          <TextInput label={t.adopt.odoo} placeholder="shop_odoo" required {...container('odoo_container')} />
          <TextInput label={t.adopt.db} placeholder="shop_db" required {...container('db_container')} />
        </div>
        <div className="fields">
          <TextInput label={`${t.adopt.pgbouncer} (${t.words.optional})`} {...container('pgbouncer_container')} />
          <TextInput label={`${t.adopt.database} (${t.words.optional})`} placeholder={t.adopt.databaseHint} {...container('db_name')} />
        </div>
      </fieldset>
    </FormDialog>
  );
}

function Deploy({ onClose }: { onClose: () => void }) {
  const form = useForm({
    first: { name: '', environment_type: 'staging' as EnvironmentType, odoo_version: '19.0', postgres_version: '', project_id: '', server_id: '' },
    send: ({ name, environment_type, odoo_version, ...rest }) => take(api.POST('/api/v1/environments', { body: { name, environment_type, odoo_version, ...given(rest) } })),
    onDone: ({ environment, task_id }) => {
      toast(t.deploy.started(environment.name), { to: `/tasks/${task_id}` });
      refresh();
      onClose();
    },
  });
  return (
    <FormDialog handle={form} title={t.deploy.title} intro={t.deploy.intro} action={t.deploy.submit} onClose={onClose}>
      <TextInput label={t.words.name} required data-autofocus autoComplete="off" {...form.text('name')} />
      <Select label={t.words.type} data={types} value={form.values.environment_type} allowDeselect={false} onChange={(type) => form.change({ environment_type: type as EnvironmentType })} />
      <div className="fields">
        <TextInput label={t.deploy.odooVersion} required {...form.text('odoo_version')} />
        <TextInput label={`${t.deploy.postgresVersion} (${t.words.optional})`} placeholder={t.deploy.postgresHint} {...form.text('postgres_version')} />
      </div>
      <Place form={form} />
    </FormDialog>
  );
}

export function AdoptButton() {
  const me = useQuery(meQuery).data;
  const [open, setOpen] = useState(false);
  if (!may(me, 'org.servers.manage') && !may(me, 'system.servers.manage')) return null;
  return (
    <>
      <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>
        {t.environments.adopt}
      </Button>
      {open && <Adopt onClose={() => setOpen(false)} />}
    </>
  );
}

export function DeployButton() {
  const me = useQuery(meQuery).data;
  const [open, setOpen] = useState(false);
  if (!may(me, 'project.environments.create')) return null;
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t.environments.create}
      </Button>
      {open && <Deploy onClose={() => setOpen(false)} />}
    </>
  );
}
