import { useQuery } from '@tanstack/react-query';
import { environmentsQuery, serversQuery } from '../api/queries';
import { t } from '../text';
import { ErrorBox, PageHead, RowSkeletons } from '../ui/bits';

export function Servers() {
  const servers = useQuery(serversQuery);
  const environments = useQuery(environmentsQuery).data ?? [];
  if (servers.error) return <ErrorBox error={servers.error} onRetry={() => void servers.refetch()} />;
  if (!servers.data) return <RowSkeletons />;
  return (
    <>
      <PageHead title={t.servers.title} about={t.servers.intro} />
      <ul className="rows">
        {servers.data.map((one) => (
          <li key={one.id} className="task-row">
            <span className="cell-main">
              <span className="row-name">{one.name}</span>
              <span className="quiet">{one.address}</span>
            </span>
            <span className="quiet">{t.servers.environments(environments.filter((each) => each.server_id === one.id).length)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
