import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { meQuery } from '../api/queries';
import { may } from '../api/rights';
import { t } from '../text';
import { PageHead } from '../ui/bits';
import { Account } from './account';
import { Tokens } from './tokens';
import { Webhooks } from './webhooks';

export interface SettingsSearch {
  tab?: string;
}

export function Settings() {
  const { tab } = useSearch({ from: '/settings' });
  const navigate = useNavigate();
  const me = useQuery(meQuery).data;
  const tells = may(me, 'org.webhooks.manage');
  return (
    <>
      <PageHead title={t.settings.title} />
      <Tabs
        value={tab === 'tokens' || (tab === 'webhooks' && tells) ? tab : 'you'}
        onChange={(next) => void navigate({ to: '/settings', search: { tab: next === 'you' ? undefined : (next ?? undefined) }, replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="you">{t.account.tabs.you}</Tabs.Tab>
          <Tabs.Tab value="tokens">{t.account.tabs.tokens}</Tabs.Tab>
          {tells && <Tabs.Tab value="webhooks">{t.account.tabs.webhooks}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="you">
          <Account me={me} />
        </Tabs.Panel>
        <Tabs.Panel value="tokens">
          <Tokens />
        </Tabs.Panel>
        {tells && (
          <Tabs.Panel value="webhooks">
            <Webhooks />
          </Tabs.Panel>
        )}
      </Tabs>
    </>
  );
}
