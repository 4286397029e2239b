import { ActionIcon, Button, Menu, Tooltip, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiError, api, credentials } from '../api/client';
import { useLivePage } from '../api/live';
import { meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Me } from '../api/types';
import { ChoosePassword, SignIn } from '../pages/sign-in';
import { RestoreProvider } from '../restore/provider';
import { t } from '../text';
import { ErrorBox } from './bits';
import { Icon, type IconName } from './icons';
import { Keys } from './keys';

interface Place {
  to: string;
  icon: IconName;
  label: string;
  seen?: (me: Me) => boolean;
}

// Grouped by what one comes for: to look, to arrange, to run the house.
const places: Place[][] = [
  [
    { to: '/', icon: 'home', label: t.nav.home },
    { to: '/environments', icon: 'environments', label: t.nav.environments },
    { to: '/backups', icon: 'backups', label: t.nav.backups },
    { to: '/activity', icon: 'activity', label: t.nav.activity },
  ],
  [
    { to: '/schedules', icon: 'schedules', label: t.nav.schedules, seen: (me) => may(me, 'project.schedules.view') },
    { to: '/drills', icon: 'drills', label: t.nav.drills, seen: (me) => may(me, 'project.drills.view') },
    { to: '/storage', icon: 'storage', label: t.nav.storage, seen: (me) => may(me, 'org.storage.list') },
    { to: '/servers', icon: 'servers', label: t.nav.servers, seen: (me) => may(me, 'org.servers.list') },
  ],
  [
    { to: '/people', icon: 'people', label: t.nav.people, seen: (me) => may(me, 'org.view') },
    { to: '/audit', icon: 'audit', label: t.nav.audit, seen: (me) => may(me, 'org.audit.view') },
    { to: '/settings', icon: 'settings', label: t.nav.settings },
  ],
];

// The places that this caller has something to see at.
export const placesOf = (me: Me) => places.map((group) => group.filter((one) => one.seen?.(me) ?? true)).filter((group) => group.length > 0);

async function signOut() {
  await api.POST('/api/v1/auth/logout').catch(() => {});
  credentials.useToken(null);
  credentials.useCsrf(null);
  queryClient.clear();
  await queryClient.invalidateQueries();
  location.assign('/');
}

function SchemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const choices = { light: t.nav.light, dark: t.nav.dark, auto: t.nav.system } as const;
  return (
    <Menu position="top-start">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`${t.nav.scheme}: ${choices[colorScheme]}`}>
          <Icon name={colorScheme === 'light' ? 'sun' : colorScheme === 'dark' ? 'moon' : 'screen'} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.Item key={scheme} onClick={() => setColorScheme(scheme)}>
            {choices[scheme]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Rail({ me, open, onKeys }: { me: Me; open: boolean; onKeys: () => void }) {
  const who = me.user?.email ?? 'admin';
  return (
    <nav className={open ? 'rail rail-open' : 'rail'} aria-label={t.nav.menu}>
      <Link to="/" className="brand">
        <img src="/icon.svg" alt="" width={26} height={26} />
        Reprise
      </Link>
      {placesOf(me).map((group) => (
        <ul key={group[0]!.to}>
          {group.map((place) => (
            <li key={place.to}>
              <Link to={place.to} className="rail-link" activeOptions={{ exact: place.to === '/' }} activeProps={{ 'aria-current': 'page' }}>
                <Icon name={place.icon} />
                {place.label}
              </Link>
            </li>
          ))}
        </ul>
      ))}
      <div className="rail-end">
        <span className="rail-who">
          <span aria-hidden="true">{(me.user?.name || who).slice(0, 1)}</span>
          <span className="one-line" title={who}>
            {who}
          </span>
        </span>
        <div className="rail-tools">
          <span>
            <SchemeMenu />
            <Tooltip label={t.keys.help}>
              <ActionIcon variant="subtle" color="gray" onClick={onKeys} aria-label={t.nav.keys}>
                <Icon name="keyboard" />
              </ActionIcon>
            </Tooltip>
            <Button component="a" href="/docs" variant="subtle" color="gray" size="compact-sm">
              {t.nav.api}
            </Button>
          </span>
          <Tooltip label={t.nav.signOut}>
            <ActionIcon variant="subtle" color="gray" onClick={() => void signOut()} aria-label={t.nav.signOut}>
              <Icon name="out" />
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
    </nav>
  );
}

function Inside({ me }: { me: Me }) {
  const live = useLivePage();
  const [open, setOpen] = useState(false);
  const [keys, setKeys] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => setOpen(false), [path]);
  const lost = live === 'waiting';
  return (
    <RestoreProvider>
      <a className="skip" href="#main">
        {t.nav.skip}
      </a>
      <div className="shell">
        <div className="topbar">
          <ActionIcon variant="subtle" color="gray" onClick={() => setOpen(!open)} aria-label={t.nav.menu} aria-expanded={open}>
            <Icon name={open ? 'cross' : 'menu'} />
          </ActionIcon>
          <Link to="/" className="brand">
            <img src="/icon.svg" alt="" width={22} height={22} />
            Reprise
          </Link>
        </div>
        <Rail me={me} open={open} onKeys={() => setKeys(true)} />
        <main id="main" tabIndex={-1}>
          <div role="status" aria-live="polite">
            {lost && <div className="lost">{t.errors.reconnecting}</div>}
          </div>
          <Outlet />
        </main>
      </div>
      <Keys places={placesOf(me).flat()} opened={keys} onHelp={setKeys} />
    </RestoreProvider>
  );
}

// Whoever has not signed in sees nothing else, at whatever place they wanted to be.
export function Shell() {
  const me = useQuery(meQuery);
  const [expired, setExpired] = useState(false);
  useEffect(() => {
    credentials.onSignedOut(() => {
      setExpired(true);
      credentials.useToken(null);
      void queryClient.resetQueries({ queryKey: meQuery.queryKey });
    });
  }, []);
  if (me.data) credentials.useCsrf(me.data.csrf_token);
  const enter = () => {
    setExpired(false);
    void queryClient.resetQueries();
  };
  const refused = me.error instanceof ApiError && me.error.status === 401;
  if (refused) return <SignIn expired={expired} onSignedIn={enter} />;
  if (me.error) {
    return (
      <div className="alone">
        <ErrorBox error={me.error} onRetry={() => void me.refetch()} />
      </div>
    );
  }
  if (!me.data) return <div className="alone" aria-busy="true" />;
  if (me.data.user?.must_change_password) return <ChoosePassword onDone={enter} />;
  return <Inside me={me.data} />;
}
