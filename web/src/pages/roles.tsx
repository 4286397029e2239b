import { Button, Checkbox, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { permissionsQuery, rolesQuery } from '../api/places';
import { queryClient } from '../api/queries';
import { mayIn } from '../api/rights';
import type { Me, Organization, Permission, Role } from '../api/types';
import { t } from '../text';
import { Empty, ErrorBox, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { FormDialog, useForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { RowMenu, Table } from '../ui/table';
import { toast } from '../ui/toast';

const refresh = () => void queryClient.invalidateQueries({ queryKey: ['roles'] });

function RoleForm({ organization, present, onClose }: { organization: Organization; present?: Role; onClose: () => void }) {
  const all = (useQuery(permissionsQuery).data?.permissions ?? []).filter((one) => !one.startsWith('system.'));
  const form = useForm({
    first: { name: present?.name ?? '', permissions: present?.permissions ?? ([] as Permission[]) },
    send: (body) =>
      present
        ? take(api.PATCH('/api/v1/organizations/{id}/roles/{role_id}', { params: { path: { id: organization.id, role_id: present.id } }, body }))
        : take(api.POST('/api/v1/organizations/{id}/roles', { params: { path: { id: organization.id } }, body })),
    onDone: (role) => {
      if (!present) toast(t.people.roleMade(role.name));
      refresh();
      onClose();
    },
  });
  const { values, change } = form;
  return (
    <FormDialog handle={form} title={present ? present.name : t.people.newRole} action={present ? t.words.save : t.people.newRole} onClose={onClose} size="lg">
      <TextInput label={t.words.name} required data-autofocus autoComplete="off" {...form.text('name')} />
      <Checkbox.Group label={t.people.permissions} error={form.fault('/permissions')} value={values.permissions} onChange={(permissions) => change({ permissions: permissions as Permission[] })}>
        <div className="checks">
          {all.map((one) => (
            <Checkbox key={one} value={one} label={one} size="xs" />
          ))}
        </div>
      </Checkbox.Group>
    </FormDialog>
  );
}

export function Roles({ organization, me }: { organization: Organization; me: Me }) {
  const found = useQuery(rolesQuery(organization.id));
  const [doing, setDoing] = useState<{ what: 'add' } | { what: 'change' | 'delete'; one: Role } | null>(null);
  const manages = mayIn(me, 'org.roles.manage', organization.id);
  const add = manages && (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setDoing({ what: 'add' })}>
      {t.people.newRole}
    </Button>
  );
  const rows = found.data ?? [];
  return (
    <>
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons rows={2} />}
      {found.data && rows.length === 0 && (
        <Empty icon="key" title={t.people.noRoles} text={t.people.noRolesText}>
          {add}
        </Empty>
      )}
      {rows.length > 0 && (
        <>
          <div className="tools">{add}</div>
          <Table
            label={t.people.ownRoles}
            rows={rows}
            keyOf={(one) => one.id}
            columns={[
              { title: t.words.name, kind: 'main', cell: (one) => one.name },
              { title: t.people.permissions, cell: (one) => <span className="quiet breaks">{one.permissions.join(', ')}</span> },
              {
                title: t.words.more,
                kind: 'actions',
                cell: (one) =>
                  manages && (
                    <RowMenu
                      name={one.name}
                      actions={[
                        { label: t.storage.edit, run: () => setDoing({ what: 'change', one }) },
                        { label: t.words.delete, danger: true, run: () => setDoing({ what: 'delete', one }) },
                      ]}
                    />
                  ),
              },
            ]}
          />
        </>
      )}
      {(doing?.what === 'add' || doing?.what === 'change') && <RoleForm organization={organization} present={doing.what === 'change' ? doing.one : undefined} onClose={() => setDoing(null)} />}
      {doing?.what === 'delete' && (
        <Confirm
          opened
          onClose={() => setDoing(null)}
          title={t.people.deleteRoleTitle(doing.one.name)}
          warning={t.people.deleteRoleText}
          action={t.words.delete}
          run={() => take(api.DELETE('/api/v1/organizations/{id}/roles/{role_id}', { params: { path: { id: organization.id, role_id: doing.one.id } } }))}
          onDone={() => {
            toast(t.people.roleDeleted(doing.one.name));
            refresh();
          }}
        />
      )}
    </>
  );
}
