import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { rolesQuery } from '../api/places';
import { meQuery } from '../api/queries';
import { mayIn } from '../api/rights';
import { t } from '../text';
import { Empty, ErrorBox, PageHead, RowSkeletons } from '../ui/bits';
import { useOrganization } from '../ui/organization';
import { Exceptions } from './exceptions';
import { Members } from './members';
import { OrganizationMenu, QuotaLine } from './organizations';
import { Projects } from './projects';
import { Roles } from './roles';
import { Teams } from './teams';

export interface PeopleSearch {
  tab?: string;
}

const builtIn = Object.entries(t.people.roles).map(([value, label]) => ({ value, label }));

// What may be chosen as a role: the built-in ones, and those that the organization has made.
export function useRoles(organization: string) {
  const own = useQuery(rolesQuery(organization)).data ?? [];
  const all = [...builtIn, ...own.map((one) => ({ value: one.id, label: one.name }))];
  return {
    inOrganization: all,
    inProject: all.filter((one) => one.value !== 'owner'),
    nameOf: (role: string) => all.find((one) => one.value === role)?.label ?? role,
  };
}

export function People() {
  const { tab } = useSearch({ from: '/people' });
  const navigate = useNavigate();
  const me = useQuery(meQuery).data;
  const { organization, choice, choose, error, isNone } = useOrganization();
  if (error) return <ErrorBox error={error} />;
  if (isNone) {
    return (
      <Empty icon="people" title={t.people.title} text={me?.is_installation_admin ? t.people.noneYet : t.people.none}>
        {me && <OrganizationMenu me={me} onMade={choose} />}
      </Empty>
    );
  }
  if (!organization || !me) return <RowSkeletons />;
  const tabs = [
    { value: 'members', panel: <Members organization={organization} me={me} />, seen: mayIn(me, 'org.members.view', organization.id) },
    { value: 'teams', panel: <Teams organization={organization} me={me} />, seen: mayIn(me, 'org.members.view', organization.id) },
    { value: 'roles', panel: <Roles organization={organization} me={me} />, seen: mayIn(me, 'org.view', organization.id) },
    { value: 'exceptions', panel: <Exceptions organization={organization} me={me} />, seen: mayIn(me, 'org.members.view', organization.id) },
    { value: 'projects', panel: <Projects organization={organization} me={me} />, seen: true },
  ].filter((one) => one.seen) as { value: keyof typeof t.people.tabs; panel: React.ReactNode }[];
  const shown = tabs.find((one) => one.value === tab)?.value ?? tabs[0]?.value ?? 'projects';
  return (
    <>
      <PageHead title={t.people.title} about={choice ? t.people.intro : `${organization.name}. ${t.people.intro}`}>
        {choice}
        <OrganizationMenu me={me} organization={organization} onMade={choose} />
      </PageHead>
      <QuotaLine organization={organization} />
      <Tabs value={shown} onChange={(next) => void navigate({ to: '/people', search: { tab: next === 'members' ? undefined : (next ?? undefined) }, replace: true })} keepMounted={false}>
        <Tabs.List mb="md">
          {tabs.map((one) => (
            <Tabs.Tab key={one.value} value={one.value}>
              {t.people.tabs[one.value]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((one) => (
          <Tabs.Panel key={one.value} value={one.value}>
            {one.panel}
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}
