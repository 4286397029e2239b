import { ActionIcon, Button, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { grantsQuery, membersQuery, projectsOfQuery, teamMembersQuery, teamsQuery } from '../api/places';
import { queryClient } from '../api/queries';
import { mayIn } from '../api/rights';
import type { Me, Organization, Team } from '../api/types';
import { t } from '../text';
import { Empty, ErrorBox, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { FormDialog, InlineForm, useForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { RowMenu } from '../ui/table';
import { toast, toastError } from '../ui/toast';
import { useRoles } from './people';

const refresh = () => void queryClient.invalidateQueries({ queryKey: ['teams'] });

export function NameDialog({ title, first, action, send, onClose, onDone }: { title: string; first?: string; action: string; send: (name: string) => Promise<unknown>; onClose: () => void; onDone: (name: string) => void }) {
  const form = useForm({
    first: { name: first ?? '' },
    send: async ({ name }) => {
      await send(name);
      return name;
    },
    onDone: (name) => {
      onClose();
      onDone(name);
    },
  });
  return (
    <FormDialog handle={form} title={title} action={action} onClose={onClose}>
      <TextInput label={t.words.name} required data-autofocus autoComplete="off" {...form.text('name')} />
    </FormDialog>
  );
}

function Pill({ label, detail, remove, onRemove }: { label: string; detail?: string; remove: string; onRemove?: () => void }) {
  return (
    <li className="pill">
      {label} {detail && <span className="quiet">{detail}</span>}
      {onRemove && (
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={remove} onClick={onRemove}>
          <Icon name="cross" size={12} />
        </ActionIcon>
      )}
    </li>
  );
}

function TakeIn({ organization, team, inside }: { organization: Organization; team: Team; inside: string[] }) {
  const members = (useQuery(membersQuery(organization.id)).data ?? []).filter((one) => !inside.includes(one.user_id));
  const form = useForm({
    first: { user_id: null as string | null },
    send: ({ user_id }) => take(api.POST('/api/v1/organizations/{id}/teams/{team_id}/members', { params: { path: { id: organization.id, team_id: team.id } }, body: { user_id: user_id ?? '' } })),
    onDone: () => {
      form.change({ user_id: null });
      refresh();
    },
  });
  if (members.length === 0) return null;
  return (
    <InlineForm handle={form} action={t.people.addToTeam}>
      <Select aria-label={t.people.person} placeholder={t.people.person} searchable data={members.map((one) => ({ value: one.user_id, label: one.name || one.email }))} value={form.values.user_id} error={form.fault('/user_id')} onChange={(user_id) => form.change({ user_id })} />
    </InlineForm>
  );
}

function GiveProject({ organization, team, given }: { organization: Organization; team: Team; given: string[] }) {
  const projects = (useQuery(projectsOfQuery(organization.id)).data ?? []).filter((one) => !given.includes(one.id));
  const { inProject } = useRoles(organization.id);
  const form = useForm({
    first: { project_id: null as string | null, role: 'developer' },
    send: ({ project_id, role }) => take(api.POST('/api/v1/organizations/{id}/teams/{team_id}/grants', { params: { path: { id: organization.id, team_id: team.id } }, body: { project_id: project_id ?? '', role } })),
    onDone: () => {
      form.change({ project_id: null });
      refresh();
    },
  });
  if (projects.length === 0) return null;
  return (
    <InlineForm handle={form} action={t.people.giveProject}>
      <Select aria-label={t.people.project} placeholder={t.people.project} data={projects.map((one) => ({ value: one.id, label: one.name }))} value={form.values.project_id} error={form.fault('/project_id')} onChange={(project_id) => form.change({ project_id })} />
      <Select aria-label={t.people.role} data={inProject} value={form.values.role} allowDeselect={false} error={form.fault('/role')} onChange={(role) => form.change({ role: role ?? 'viewer' })} />
    </InlineForm>
  );
}

function TeamCard({ organization, me, team, onDelete, onRename }: { organization: Organization; me: Me; team: Team; onDelete: () => void; onRename: () => void }) {
  const path = { id: organization.id, team_id: team.id };
  const members = useQuery(teamMembersQuery(organization.id, team.id)).data ?? [];
  const grants = useQuery(grantsQuery(organization.id, team.id)).data ?? [];
  const projects = useQuery(projectsOfQuery(organization.id)).data ?? [];
  const { nameOf } = useRoles(organization.id);
  const manages = mayIn(me, 'org.members.manage', organization.id);
  const projectName = (id: string) => projects.find((one) => one.id === id)?.name ?? id;
  const drop = (call: Promise<unknown>) => void call.then(refresh).catch(toastError);
  return (
    <section className="panel" aria-label={team.name}>
      <div className="panel-head">
        <h2 className="panel-title">{team.name}</h2>
        {manages && <RowMenu name={team.name} actions={[{ label: t.people.rename, run: onRename }, { label: t.words.delete, danger: true, run: onDelete }]} />}
      </div>
      <div className="two two-even">
        <div>
          <h3 className="small-title">{t.people.teamPeople}</h3>
          <ul className="pills">
            {members.map((one) => (
              <Pill key={one.user_id} label={one.name || one.email} remove={t.people.takeOut(one.name || one.email)} onRemove={manages ? () => drop(take(api.DELETE('/api/v1/organizations/{id}/teams/{team_id}/members/{user_id}', { params: { path: { ...path, user_id: one.user_id } } }))) : undefined} />
            ))}
            {members.length === 0 && <li className="quiet">{t.words.none}</li>}
          </ul>
          {manages && <TakeIn organization={organization} team={team} inside={members.map((one) => one.user_id)} />}
        </div>
        <div>
          <h3 className="small-title">{t.people.teamProjects}</h3>
          <ul className="pills">
            {grants.map((one) => (
              <Pill key={one.project_id} label={projectName(one.project_id)} detail={nameOf(one.role)} remove={t.people.takeAway(projectName(one.project_id))} onRemove={manages ? () => drop(take(api.DELETE('/api/v1/organizations/{id}/teams/{team_id}/grants/{project_id}', { params: { path: { ...path, project_id: one.project_id } } }))) : undefined} />
            ))}
            {grants.length === 0 && <li className="quiet">{t.words.none}</li>}
          </ul>
          {manages && <GiveProject organization={organization} team={team} given={grants.map((one) => one.project_id)} />}
        </div>
      </div>
    </section>
  );
}

export function Teams({ organization, me }: { organization: Organization; me: Me }) {
  const found = useQuery(teamsQuery(organization.id));
  const [doing, setDoing] = useState<{ what: 'add' } | { what: 'rename' | 'delete'; one: Team } | null>(null);
  const id = organization.id;
  const add = mayIn(me, 'org.members.manage', id) && (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setDoing({ what: 'add' })}>
      {t.people.newTeam}
    </Button>
  );
  return (
    <>
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons rows={3} />}
      {found.data?.length === 0 && (
        <Empty icon="people" title={t.people.noTeams} text={t.people.noTeamsText}>
          {add}
        </Empty>
      )}
      {!!found.data?.length && <div className="tools">{add}</div>}
      {found.data?.map((one) => (
        <TeamCard key={one.id} organization={organization} me={me} team={one} onDelete={() => setDoing({ what: 'delete', one })} onRename={() => setDoing({ what: 'rename', one })} />
      ))}
      {doing?.what === 'add' && (
        <NameDialog
          title={t.people.newTeam}
          action={t.people.newTeam}
          send={(name) => take(api.POST('/api/v1/organizations/{id}/teams', { params: { path: { id } }, body: { name } }))}
          onClose={() => setDoing(null)}
          onDone={(name) => {
            toast(t.people.teamMade(name));
            refresh();
          }}
        />
      )}
      {doing?.what === 'rename' && (
        <NameDialog
          title={t.people.rename}
          action={t.words.save}
          first={doing.one.name}
          send={(name) => take(api.PATCH('/api/v1/organizations/{id}/teams/{team_id}', { params: { path: { id, team_id: doing.one.id } }, body: { name } }))}
          onClose={() => setDoing(null)}
          onDone={refresh}
        />
      )}
      {doing?.what === 'delete' && (
        <Confirm
          opened
          onClose={() => setDoing(null)}
          title={t.people.deleteTeamTitle(doing.one.name)}
          warning={t.people.deleteTeamText}
          action={t.words.delete}
          run={() => take(api.DELETE('/api/v1/organizations/{id}/teams/{team_id}', { params: { path: { id, team_id: doing.one.id } } }))}
          onDone={() => {
            toast(t.people.teamDeleted(doing.one.name));
            refresh();
          }}
        />
      )}
    </>
  );
}
