import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { membersQuery } from '../api/places';
import { queryClient } from '../api/queries';
import { mayIn } from '../api/rights';
import type { Me, Member, Organization } from '../api/types';
import { t } from '../text';
import { Ago, ErrorBox, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { FormDialog, useForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { SecretOnce } from '../ui/secret';
import { RowMenu, Table } from '../ui/table';
import { toast } from '../ui/toast';
import { useRoles } from './people';

const refresh = () => void queryClient.invalidateQueries({ queryKey: ['members'] });

interface Given {
  email: string;
  password: string;
}

// Adds somebody who has an account, or makes one for them: with a password for one use, shown once.
function Invite({ organization, onClose, onGiven }: { organization: Organization; onClose: () => void; onGiven: (given: Given) => void }) {
  const { inOrganization } = useRoles(organization.id);
  const form = useForm({
    first: { email: '', name: '', role: 'developer', isNew: true },
    send: async ({ email, name, role, isNew }): Promise<{ email: string; one_time_password?: string | null }> =>
      isNew
        ? take(api.POST('/api/v1/users', { body: { email, role, organization_id: organization.id, ...(name ? { name } : {}) } }))
        : take(api.POST('/api/v1/organizations/{id}/members', { params: { path: { id: organization.id } }, body: { email, role } })),
    onDone: ({ email, one_time_password }) => {
      refresh();
      onClose();
      if (one_time_password) onGiven({ email, password: one_time_password });
      else toast(t.people.added(email));
    },
  });
  const { values, change } = form;
  return (
    <FormDialog handle={form} title={t.people.invite} intro={t.people.inviteIntro} action={t.people.invite} onClose={onClose}>
      <TextInput label={t.people.email} type="email" required autoComplete="off" data-autofocus {...form.text('email')} />
      <Checkbox label={t.people.isNew} checked={values.isNew} onChange={(event) => change({ isNew: event.currentTarget.checked })} />
      {values.isNew && <TextInput label={`${t.people.fullName} (${t.words.optional})`} autoComplete="off" {...form.text('name')} />}
      <Select label={t.people.role} data={inOrganization} value={values.role} allowDeselect={false} error={form.fault('/role')} onChange={(role) => change({ role: role ?? 'viewer' })} />
    </FormDialog>
  );
}

function ChangeRole({ organization, member, onClose }: { organization: Organization; member: Member; onClose: () => void }) {
  const { inOrganization } = useRoles(organization.id);
  const form = useForm({
    first: { role: member.role },
    send: (body) => take(api.PATCH('/api/v1/organizations/{id}/members/{user_id}', { params: { path: { id: organization.id, user_id: member.user_id } }, body })),
    onDone: () => {
      toast(t.people.roleChanged);
      refresh();
      onClose();
    },
  });
  const text = (t.people.roleText as Record<string, string>)[form.values.role];
  return (
    <FormDialog handle={form} title={`${t.people.changeRole}: ${member.name || member.email}`} action={t.words.save} onClose={onClose}>
      <Select label={t.people.role} description={text} data-autofocus data={inOrganization} value={form.values.role} allowDeselect={false} error={form.fault('/role')} onChange={(role) => form.change({ role: role ?? member.role })} />
    </FormDialog>
  );
}

export function Members({ organization, me }: { organization: Organization; me: Me }) {
  const found = useQuery(membersQuery(organization.id));
  const { nameOf } = useRoles(organization.id);
  const [inviting, setInviting] = useState(false);
  const [doing, setDoing] = useState<{ what: 'role' | 'remove' | 'reset'; one: Member } | null>(null);
  const [given, setGiven] = useState<Given | null>(null);
  const manages = mayIn(me, 'org.members.manage', organization.id);
  const owners = mayIn(me, 'org.owners.manage', organization.id);
  const called = (one: Member) => one.name || one.email;
  return (
    <>
      {manages && (
        <div className="tools">
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setInviting(true)}>
            {t.people.invite}
          </Button>
        </div>
      )}
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons rows={3} />}
      {found.data && (
        <Table
          label={t.people.tabs.members}
          rows={found.data}
          keyOf={(one) => one.user_id}
          columns={[
            {
              title: t.people.person,
              kind: 'main',
              cell: (one) => (
                <span className="cell-main">
                  <span className="row-name">
                    {called(one)} {one.user_id === me.user?.id && <span className="tag">{t.people.you}</span>}
                  </span>
                  {one.name && <span className="quiet breaks">{one.email}</span>}
                </span>
              ),
            },
            { title: t.people.role, cell: (one) => nameOf(one.role) },
            { title: t.people.since, cell: (one) => <Ago at={one.created_at} /> },
            {
              title: t.words.more,
              kind: 'actions',
              cell: (one) =>
                manages &&
                (one.role !== 'owner' || owners) && (
                  <RowMenu
                    name={called(one)}
                    actions={[
                      { label: t.people.changeRole, run: () => setDoing({ what: 'role', one }) },
                      me.is_installation_admin && { label: t.people.resetPassword, run: () => setDoing({ what: 'reset', one }) },
                      { label: t.words.remove, danger: true, run: () => setDoing({ what: 'remove', one }) },
                    ]}
                  />
                ),
            },
          ]}
        />
      )}
      {inviting && <Invite organization={organization} onClose={() => setInviting(false)} onGiven={setGiven} />}
      {given && <SecretOnce title={t.people.oneTime} text={t.people.oneTimeText(given.email)} value={given.password} onClose={() => setGiven(null)} />}
      {doing?.what === 'role' && <ChangeRole organization={organization} member={doing.one} onClose={() => setDoing(null)} />}
      {doing?.what === 'reset' && (
        <Confirm
          opened
          onClose={() => setDoing(null)}
          title={t.people.resetTitle(called(doing.one))}
          warning={t.people.resetText}
          action={t.people.resetPassword}
          run={async () => {
            const user = await take(api.PATCH('/api/v1/users/{id}', { params: { path: { id: doing.one.user_id } }, body: { reset_password: true } }));
            if (user.one_time_password) setGiven({ email: user.email, password: user.one_time_password });
          }}
        />
      )}
      {doing?.what === 'remove' && (
        <Confirm
          opened
          onClose={() => setDoing(null)}
          title={t.people.removeTitle(called(doing.one))}
          warning={t.people.removeText}
          action={t.words.remove}
          run={() => take(api.DELETE('/api/v1/organizations/{id}/members/{user_id}', { params: { path: { id: organization.id, user_id: doing.one.user_id } } }))}
          onDone={() => {
            toast(t.people.removed(called(doing.one)));
            refresh();
          }}
        />
      )}
    </>
  );
}
