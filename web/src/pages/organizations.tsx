import { Button, Menu, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { quotaQuery } from '../api/places';
import { queryClient } from '../api/queries';
import { mayIn } from '../api/rights';
import type { Me, Organization } from '../api/types';
import { bytes } from '../format';
import { t } from '../text';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icons';
import { toast } from '../ui/toast';
import { NameDialog } from './teams';

// An organization is more than one place shows: who may see it is told by `me`.
const refresh = () => {
  void queryClient.invalidateQueries({ queryKey: ['organizations'] });
  void queryClient.invalidateQueries({ queryKey: ['me'] });
};

// What the organization has of what it may have; nothing where nothing is limited.
export function QuotaLine({ organization }: { organization: Organization }) {
  const quota = useQuery(quotaQuery(organization.id)).data;
  if (!quota) return null;
  const { limits, use } = quota;
  const parts = [
    limits.stored_bytes !== null && t.people.quotaBytes(bytes(use.stored_bytes), bytes(limits.stored_bytes)),
    limits.environments !== null && t.people.quotaEnvironments(use.environments, limits.environments),
    limits.active_tasks !== null && t.people.quotaTasks(use.active_tasks, limits.active_tasks),
  ].filter(Boolean);
  if (parts.length === 0) return null;
  return (
    <Text size="sm" c="dimmed" mb="md">
      {t.people.quota}: {parts.join(', ')}
    </Text>
  );
}

// Makes organizations, renames and deletes the one that is shown; offers what the caller may do of that.
export function OrganizationMenu({ me, organization, onMade }: { me: Me; organization?: Organization; onMade: (id: string) => void }) {
  const [doing, setDoing] = useState<'add' | 'rename' | 'delete' | null>(null);
  const makes = me.is_installation_admin && (!me.scopes || me.scopes.includes('system.organizations.manage'));
  const renames = organization && mayIn(me, 'org.settings.manage', organization.id);
  if (!makes && !renames) return null;
  return (
    <>
      {organization ? (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" rightSection={<Icon name="more" size={16} />}>
              {t.people.organization}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {renames && <Menu.Item onClick={() => setDoing('rename')}>{t.people.rename}</Menu.Item>}
            {makes && <Menu.Item onClick={() => setDoing('add')}>{t.people.newOrganization}</Menu.Item>}
            {makes && (
              <Menu.Item color="red" onClick={() => setDoing('delete')}>
                {t.words.delete}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      ) : (
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setDoing('add')}>
          {t.people.newOrganization}
        </Button>
      )}
      {doing === 'add' && (
        <NameDialog
          title={t.people.newOrganization}
          action={t.people.newOrganization}
          send={async (name) => {
            const made = await take(api.POST('/api/v1/organizations', { body: { name } }));
            await queryClient.invalidateQueries({ queryKey: ['organizations'] });
            onMade(made.id);
          }}
          onClose={() => setDoing(null)}
          onDone={(name) => {
            toast(t.people.organizationMade(name));
            refresh();
          }}
        />
      )}
      {doing === 'rename' && organization && (
        <NameDialog
          title={t.people.rename}
          action={t.words.save}
          first={organization.name}
          send={(name) => take(api.PATCH('/api/v1/organizations/{id}', { params: { path: { id: organization.id } }, body: { name } }))}
          onClose={() => setDoing(null)}
          onDone={refresh}
        />
      )}
      {doing === 'delete' && organization && (
        <Confirm
          opened
          onClose={() => setDoing(null)}
          title={t.people.deleteOrganizationTitle(organization.name)}
          warning={t.people.deleteOrganizationText}
          word={organization.name}
          action={t.words.delete}
          run={() => take(api.DELETE('/api/v1/organizations/{id}', { params: { path: { id: organization.id } } }))}
          onDone={() => {
            toast(t.people.organizationDeleted(organization.name));
            refresh();
          }}
        />
      )}
    </>
  );
}
