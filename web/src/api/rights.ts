import type { Me, Permission } from './types';

// Whether to offer something. The server decides; this only keeps refusals off the screen.
export function may(me: Me | undefined, permission: Permission, projectId?: string | null): boolean {
  if (!me) return false;
  if (me.scopes && !me.scopes.includes(permission)) return false;
  if (me.project_id && projectId && me.project_id !== projectId) return false;
  if (me.is_installation_admin) return true;
  return me.memberships.some((membership) => {
    if (membership.permissions.includes(permission)) return true;
    const projects = projectId ? membership.projects.filter((one) => one.project_id === projectId) : membership.projects;
    return projects.some((one) => one.permissions.includes(permission));
  });
}

// The same of one organization: what its own role there gives, not what others give.
export function mayIn(me: Me | undefined, permission: Permission, organizationId: string): boolean {
  if (!me || (me.scopes && !me.scopes.includes(permission))) return false;
  if (me.is_installation_admin) return true;
  return me.memberships.some((one) => one.organization.id === organizationId && one.permissions.includes(permission));
}
