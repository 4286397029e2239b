import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { projectsOfQuery } from '../api/places';
import { environmentsQuery, queryClient } from '../api/queries';
import { may, mayIn } from '../api/rights';
import type { Me, Organization, Project } from '../api/types';
import { t } from '../text';
import { Ago, ErrorBox, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icons';
import { RowMenu, Table } from '../ui/table';
import { toast } from '../ui/toast';
import { NameDialog } from './teams';

const refresh = () => void queryClient.invalidateQueries({ queryKey: ['projects'] });

export function Projects({ organization, me }: { organization: Organization; me: Me }) {
  const found = useQuery(projectsOfQuery(organization.id));
  const environments = (useQuery(environmentsQuery).data ?? []).filter((one) => one.status !== 'deleted');
  const [doing, setDoing] = useState<{ what: 'add' } | { what: 'rename' | 'delete'; one: Project } | null>(null);
  return (
    <>
      {mayIn(me, 'org.projects.create', organization.id) && (
        <div className="tools">
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setDoing({ what: 'add' })}>
            {t.people.newProject}
          </Button>
        </div>
      )}
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons rows={2} />}
      {found.data && (
        <Table
          label={t.people.tabs.projects}
          rows={found.data}
          keyOf={(one) => one.id}
          columns={[
            { title: t.people.project, kind: 'main', cell: (one) => one.name },
            { title: t.people.environments, cell: (one) => <span className="numbers">{environments.filter((each) => each.project_id === one.id).length}</span> },
            { title: t.people.since, cell: (one) => <Ago at={one.created_at} /> },
            {
              title: t.words.more,
              kind: 'actions',
              cell: (one) => (
                <RowMenu
                  name={one.name}
                  actions={[
                    may(me, 'project.manage', one.id) && { label: t.people.rename, run: () => setDoing({ what: 'rename', one }) },
                    mayIn(me, 'org.projects.delete', organization.id) && { label: t.words.delete, danger: true, run: () => setDoing({ what: 'delete', one }) },
                  ]}
                />
              ),
            },
          ]}
        />
      )}
      {doing?.what === 'add' && (
        <NameDialog
          title={t.people.newProject}
          action={t.people.newProject}
          send={(name) => take(api.POST('/api/v1/projects', { body: { organization_id: organization.id, name } }))}
          onClose={() => setDoing(null)}
          onDone={(name) => {
            toast(t.people.projectMade(name));
            refresh();
          }}
        />
      )}
      {doing?.what === 'rename' && (
        <NameDialog
          title={t.people.rename}
          action={t.words.save}
          first={doing.one.name}
          send={(name) => take(api.PATCH('/api/v1/projects/{id}', { params: { path: { id: doing.one.id } }, body: { name } }))}
          onClose={() => setDoing(null)}
          onDone={refresh}
        />
      )}
      {doing?.what === 'delete' && (
        <Confirm
          opened
          onClose={() => setDoing(null)}
          title={t.people.deleteProjectTitle(doing.one.name)}
          warning={t.people.deleteProjectText}
          action={t.words.delete}
          run={() => take(api.DELETE('/api/v1/projects/{id}', { params: { path: { id: doing.one.id } } }))}
          onDone={() => {
            toast(t.people.projectDeleted(doing.one.name));
            refresh();
          }}
        />
      )}
    </>
  );
}
