import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, take } from '../api/client';
import { environmentsQuery, meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { EnvironmentType } from '../api/types';
import { t } from '../text';
import { Ago, Empty, EnvironmentStatus, ErrorBox, PageHead, RowSkeletons, TypeTag } from '../ui/bits';
import { Icon } from '../ui/icons';
import { toast } from '../ui/toast';

export interface EnvironmentsSearch {
  q?: string;
}

const types = Object.entries(t.types).map(([value, label]) => ({ value, label }));

function Adopt({ onClose }: { onClose: () => void }) {
  const [fields, setFields] = useState({ name: '', odoo: '', db: '', pgbouncer: '', database: '', type: 'production' as EnvironmentType });
  const field = (key: keyof typeof fields) => ({
    value: fields[key],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setFields((old) => ({ ...old, [key]: value }));
    },
  });
  const adopt = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/environments/adopt', {
          body: {
            name: fields.name,
            environment_type: fields.type,
            odoo_container: fields.odoo,
            db_container: fields.db,
            ...(fields.pgbouncer ? { pgbouncer_container: fields.pgbouncer } : {}),
            ...(fields.database ? { db_name: fields.database } : {}),
          },
        }),
      ),
    onSuccess: (environment) => {
      toast(t.adopt.done(environment.name), { to: `/environments/${environment.id}`, link: t.words.open });
      void queryClient.invalidateQueries({ queryKey: ['environments'] });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t.adopt.title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          adopt.mutate();
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            {t.adopt.intro}
          </Text>
          <TextInput label={t.words.name} required data-autofocus {...field('name')} />
          <Select label={t.words.type} data={types} value={fields.type} allowDeselect={false} onChange={(type) => setFields({ ...fields, type: type as EnvironmentType })} />
          <TextInput label={t.adopt.odoo} required {...field('odoo')} />
          <TextInput label={t.adopt.db} required {...field('db')} />
          <TextInput label={`${t.adopt.pgbouncer} (${t.words.optional})`} {...field('pgbouncer')} />
          <TextInput label={`${t.adopt.database} (${t.words.optional})`} description={t.adopt.databaseHint} {...field('database')} />
          <ErrorBox error={adopt.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={adopt.isPending}>
              {t.adopt.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
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

export function Environments() {
  const { q } = useSearch({ from: '/environments' });
  const navigate = useNavigate();
  const found = useQuery(environmentsQuery);
  const wanted = (q ?? '').toLowerCase();
  const shown = (found.data ?? []).filter((one) => one.name.toLowerCase().includes(wanted));
  return (
    <>
      <PageHead title={t.environments.title}>
        <TextInput
          type="search"
          aria-label={t.environments.search}
          placeholder={t.environments.search}
          leftSection={<Icon name="search" size={16} />}
          value={q ?? ''}
          onChange={(event) => void navigate({ to: '/environments', search: { q: event.currentTarget.value || undefined }, replace: true })}
        />
        <AdoptButton />
      </PageHead>
      {found.error && <ErrorBox error={found.error} onRetry={() => void found.refetch()} />}
      {!found.data && !found.error && <RowSkeletons />}
      {found.data?.length === 0 && (
        <Empty icon="environments" title={t.environments.emptyTitle} text={t.environments.emptyText}>
          <AdoptButton />
        </Empty>
      )}
      {found.data && found.data.length > 0 && shown.length === 0 && <p className="quiet">{t.environments.noMatch}</p>}
      {shown.length > 0 && (
        <ul className="rows">
          {shown.map((one) => (
            <li key={one.id}>
              <Link to="/environments/$id" params={{ id: one.id }} className="task-row">
                <span className="cell-main">
                  <span className="row-name">{one.name}</span>
                  <span className="quiet">{one.odoo_version ? t.environments.odoo(one.odoo_version) : (one.db_name ?? '')}</span>
                </span>
                <TypeTag type={one.environment_type} />
                <EnvironmentStatus status={one.status} />
                <span className="quiet">
                  <Ago at={one.created_at} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
