import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, RouterProvider } from '@tanstack/react-router';
import { queryClient } from './api/queries';
import { Activity, type ActivitySearch } from './pages/activity';
import type { AuditSearch } from './pages/audit';
import { Backups, type BackupsSearch } from './pages/backups';
import type { EnvironmentSearch } from './pages/environment';
import { Environments, type EnvironmentsSearch } from './pages/environments';
import { Home } from './pages/home';
import { NotFound } from './pages/not-found';
import type { MountSearch } from './pages/mount';
import type { PeopleSearch } from './pages/people';
import type { SchedulesSearch } from './pages/schedules';
import type { SettingsSearch } from './pages/settings';
import { t } from './text';
import { theme } from './theme';
import { Shell } from './ui/shell';

const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined);

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const at = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path });

const routes = [
  createRoute({ ...at('/'), component: Home }),
  createRoute({
    ...at('/environments'),
    component: Environments,
    validateSearch: (search): EnvironmentsSearch => ({ q: text(search.q) }),
  }),
  createRoute({
    ...at('/environments/$id'),
    component: lazyRouteComponent(() => import('./pages/environment'), 'EnvironmentPage'),
    validateSearch: (search): EnvironmentSearch => ({ tab: text(search.tab), status: text(search.status), type: text(search.type) }),
  }),
  createRoute({
    ...at('/backups'),
    component: Backups,
    validateSearch: (search): BackupsSearch => ({ status: text(search.status), type: text(search.type), show: text(search.show) }),
  }),
  createRoute({
    ...at('/activity'),
    component: Activity,
    validateSearch: (search): ActivitySearch => ({ kind: text(search.kind), status: text(search.status) }),
  }),
  createRoute({ ...at('/tasks/$id'), component: lazyRouteComponent(() => import('./pages/task'), 'TaskPage') }),
  createRoute({ ...at('/restores/$id'), component: lazyRouteComponent(() => import('./pages/restore'), 'RestorePage') }),
  createRoute({
    ...at('/mounts/$id'),
    component: lazyRouteComponent(() => import('./pages/mount'), 'MountPage'),
    validateSearch: (search): MountSearch => ({ tab: text(search.tab), q: text(search.q), model: text(search.model), show: text(search.show) }),
  }),
  createRoute({ ...at('/servers'), component: lazyRouteComponent(() => import('./pages/servers'), 'Servers') }),
  createRoute({ ...at('/storage'), component: lazyRouteComponent(() => import('./pages/storage'), 'Storage') }),
  createRoute({
    ...at('/schedules'),
    component: lazyRouteComponent(() => import('./pages/schedules'), 'SchedulesPage'),
    validateSearch: (search): SchedulesSearch => ({ tab: text(search.tab), environment: text(search.environment) }),
  }),
  createRoute({ ...at('/drills'), component: lazyRouteComponent(() => import('./pages/drills'), 'Drills') }),
  createRoute({
    ...at('/people'),
    component: lazyRouteComponent(() => import('./pages/people'), 'People'),
    validateSearch: (search): PeopleSearch => ({ tab: text(search.tab) }),
  }),
  createRoute({
    ...at('/audit'),
    component: lazyRouteComponent(() => import('./pages/audit'), 'Audit'),
    validateSearch: (search): AuditSearch => ({
      organization: text(search.organization),
      result: text(search.result),
      action: text(search.action),
      since: text(search.since),
    }),
  }),
  createRoute({
    ...at('/settings'),
    component: lazyRouteComponent(() => import('./pages/settings'), 'Settings'),
    validateSearch: (search): SettingsSearch => ({ tab: text(search.tab) }),
  }),
];

const router = createRouter({ routeTree: root.addChildren(routes), defaultPreload: 'intent', scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

const close = { closeButtonProps: { 'aria-label': t.words.close } };
const worded = {
  ...theme,
  components: {
    Modal: { defaultProps: { ...close, lockScroll: false } },
    Notification: { defaultProps: close },
    Select: { defaultProps: { clearButtonProps: { 'aria-label': t.words.remove } } },
    PasswordInput: { defaultProps: { visibilityToggleButtonProps: { 'aria-label': t.signIn.show } } },
  },
};

// Style elements would be refused by the server's policy: the theme is a style sheet of its own.
export function App() {
  return (
    <MantineProvider theme={worded} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" limit={4} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
