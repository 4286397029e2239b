import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { protectionQuery } from '../api/places';
import { environmentsQuery } from '../api/queries';
import { t } from '../text';
import { Ago, Empty, EnvironmentStatus, ErrorBox, PageHead, RowSkeletons, TypeTag } from '../ui/bits';
import { Icon } from '../ui/icons';
import { ProtectionState } from '../ui/protection';
import { AdoptButton, DeployButton } from './environment-forms';

export interface EnvironmentsSearch {
  q?: string;
}

export function Environments() {
  const { q } = useSearch({ from: '/environments' });
  const navigate = useNavigate();
  const found = useQuery(environmentsQuery);
  const wanted = (q ?? '').toLowerCase();
  const protection = useQuery(protectionQuery).data ?? [];
  const protectionOf = (id: string) => protection.find((each) => each.environment_id === id);
  const living = (found.data ?? []).filter((one) => one.status !== 'deleted');
  const shown = living.filter((one) => one.name.toLowerCase().includes(wanted));
  return (
    <>
      <PageHead title={t.environments.title}>
        <TextInput
          type="search"
          aria-label={t.environments.search}
          placeholder={t.environments.search}
          leftSection={<Icon name="search" size={16} />}
          value={q ?? ''}
          onChange={(event) => void navigate({ to: '/environments', search: { q: event.currentTarget.value || undefined }, replace: true })}
        />
        {living.length > 0 && <DeployButton />}
        {living.length > 0 && <AdoptButton />}
      </PageHead>
      {found.error && <ErrorBox error={found.error} onRetry={() => void found.refetch()} />}
      {!found.data && !found.error && <RowSkeletons />}
      {found.data && living.length === 0 && (
        <Empty icon="environments" title={t.environments.emptyTitle} text={t.environments.emptyText}>
          <AdoptButton />
          <DeployButton />
        </Empty>
      )}
      {living.length > 0 && shown.length === 0 && <p className="quiet">{t.environments.noMatch}</p>}
      {shown.length > 0 && (
        <ul className="rows">
          {shown.map((one) => (
            <li key={one.id}>
              <Link to="/environments/$id" params={{ id: one.id }} className="task-row">
                <span className="cell-main">
                  <span className="row-name">{one.name}</span>
                  <span className="quiet">
                    {one.odoo_version ? t.environments.odoo(one.odoo_version) : (one.db_name ?? '')} · {t.environments.lastBackup}: <Ago at={protectionOf(one.id)?.last_backup?.created_at} />
                  </span>
                </span>
                <TypeTag type={one.environment_type} />
                <EnvironmentStatus status={one.status} />
                <ProtectionState state={protectionOf(one.id)?.state} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
