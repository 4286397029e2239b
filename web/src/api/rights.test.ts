import { expect, test } from 'vitest';
import { may } from './rights';
import type { Me, Permission } from './types';

const person = (permissions: Permission[], scopes: Permission[] | null = null): Me => ({
  user: null,
  is_installation_admin: false,
  scopes,
  project_id: null,
  csrf_token: null,
  memberships: [
    {
      organization: { id: 'o', name: 'o', created_at: '' },
      role: 'developer',
      permissions: [],
      projects: [{ project_id: 'p', permissions }],
    },
  ],
});

test('rights of one project say nothing of another', () => {
  expect(may(person(['project.backups.restore']), 'project.backups.restore', 'p')).toBe(true);
  expect(may(person(['project.backups.restore']), 'project.backups.restore', 'q')).toBe(false);
});

test('scopes of a token only take away', () => {
  expect(may(person(['project.backups.view'], ['project.backups.restore']), 'project.backups.view', 'p')).toBe(false);
  expect(may(person(['project.backups.view'], ['project.backups.restore']), 'project.backups.restore', 'p')).toBe(false);
});

test('nobody who has not signed in is offered anything', () => {
  expect(may(undefined, 'project.view')).toBe(false);
});

test('the installation administrator may do all that its token is not limited to', () => {
  const admin = { ...person([]), is_installation_admin: true };
  expect(may(admin, 'project.backups.delete', 'anything')).toBe(true);
  expect(may({ ...admin, scopes: ['project.view'] }, 'project.backups.delete', 'anything')).toBe(false);
});
