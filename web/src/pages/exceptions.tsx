import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { membersQuery, overridesQuery, permissionsQuery, projectsOfQuery } from '../api/places';
import { queryClient } from '../api/queries';
import { mayIn } from '../api/rights';
import type { Me, Organization, Override, Permission } from '../api/types';
import { t } from '../text';
import { Ago, Dot, Empty, ErrorBox, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { FormDialog, useForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { RowMenu, Table } from '../ui/table';
import { toast } from '../ui/toast';

const refresh = () => void queryClient.invalidateQueries({ queryKey: ['overrides'] });
const effects = Object.entries(t.exceptions.effects).map(([value, label]) => ({ value, label }));

function Add({ organization, onClose }: { organization: Organization; onClose: () => void }) {
  const members = useQuery(membersQuery(organization.id)).data ?? [];
  const projects = useQuery(projectsOfQuery(organization.id)).data ?? [];
  const all = (useQuery(permissionsQuery).data?.permissions ?? []).filter((one) => !one.startsWith('system.'));
  const form = useForm({
    first: { user_id: '', permission: '', effect: 'deny' as Override['effect'], project_id: '' },
    send: ({ permission, project_id, ...rest }) =>
      take(
        api.POST('/api/v1/organizations/{id}/overrides', {
          params: { path: { id: organization.id } },
          body: { ...rest, permission: permission as Permission, ...(project_id ? { project_id } : {}) },
        }),
      ),
    onDone: () => {
      toast(t.exceptions.made);
      refresh();
      onClose();
    },
  });
  const { values, change } = form;
  return (
    <FormDialog handle={form} title={t.exceptions.add} intro={t.exceptions.intro} action={t.exceptions.add} onClose={onClose}>
      <Select
        label={t.people.person}
        data={members.map((one) => ({ value: one.user_id, label: one.name || one.email }))}
        value={values.user_id || null}
        searchable
        required
        data-autofocus
        error={form.fault('/user_id')}
        onChange={(id) => change({ user_id: id ?? '' })}
      />
      <div className="fields">
        <Select label={t.exceptions.effect} data={effects} value={values.effect} allowDeselect={false} error={form.fault('/effect')} onChange={(effect) => change({ effect: effect as Override['effect'] })} />
        <Select label={t.exceptions.permission} data={all} value={values.permission || null} searchable required error={form.fault('/permission')} onChange={(permission) => change({ permission: permission ?? '' })} />
      </div>
      <Select
        label={t.exceptions.where}
        placeholder={t.exceptions.everywhere}
        data={projects.map((one) => ({ value: one.id, label: one.name }))}
        value={values.project_id || null}
        clearable
        error={form.fault('/project_id')}
        onChange={(id) => change({ project_id: id ?? '' })}
      />
    </FormDialog>
  );
}

// What single people may do beside their roles, or may not do in spite of them.
export function Exceptions({ organization, me }: { organization: Organization; me: Me }) {
  const found = useQuery(overridesQuery(organization.id));
  const members = useQuery(membersQuery(organization.id)).data ?? [];
  const projects = useQuery(projectsOfQuery(organization.id)).data ?? [];
  const [doing, setDoing] = useState<{ what: 'add' } | { what: 'delete'; one: Override } | null>(null);
  const manages = mayIn(me, 'org.roles.manage', organization.id);
  const add = manages && (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setDoing({ what: 'add' })}>
      {t.exceptions.add}
    </Button>
  );
  const personOf = (one: Override) => {
    const member = members.find((each) => each.user_id === one.user_id);
    return member ? member.name || member.email : one.user_id;
  };
  const rows = found.data ?? [];
  return (
    <>
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons rows={2} />}
      {found.data && rows.length === 0 && (
        <Empty icon="key" title={t.exceptions.emptyTitle} text={t.exceptions.intro}>
          {add}
        </Empty>
      )}
      {rows.length > 0 && (
        <>
          <div className="tools">{add}</div>
          <Table
            label={t.people.tabs.exceptions}
            rows={rows}
            keyOf={(one) => one.id}
            columns={[
              { title: t.people.person, kind: 'main', cell: personOf },
              { title: t.exceptions.effect, cell: (one) => <Dot tone={one.effect === 'allow' ? 'good' : 'attention'}>{t.exceptions.effects[one.effect]}</Dot> },
              { title: t.exceptions.permission, cell: (one) => <code>{one.permission}</code> },
              { title: t.exceptions.where, cell: (one) => (one.project_id ? (projects.find((each) => each.id === one.project_id)?.name ?? one.project_id) : t.exceptions.everywhere) },
              { title: t.people.since, cell: (one) => <Ago at={one.created_at} /> },
              {
                title: t.words.more,
                kind: 'actions',
                cell: (one) => manages && <RowMenu name={`${personOf(one)}, ${one.permission}`} actions={[{ label: t.words.delete, danger: true, run: () => setDoing({ what: 'delete', one }) }]} />,
              },
            ]}
          />
        </>
      )}
      {doing?.what === 'add' && <Add organization={organization} onClose={() => setDoing(null)} />}
      {doing?.what === 'delete' && (
        <Confirm
          opened
          onClose={() => setDoing(null)}
          title={t.exceptions.deleteTitle(personOf(doing.one))}
          warning={t.exceptions.deleteText}
          action={t.words.delete}
          run={() => take(api.DELETE('/api/v1/organizations/{id}/overrides/{override_id}', { params: { path: { id: organization.id, override_id: doing.one.id } } }))}
          onDone={() => {
            toast(t.exceptions.deleted);
            refresh();
          }}
        />
      )}
    </>
  );
}
