import { Button, Progress, Select } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { environmentsQuery, tasksQuery } from '../api/queries';
import type { Task } from '../api/types';
import { duration, secondsBetween } from '../format';
import { t } from '../text';
import { Ago, Dot, Empty, ErrorBox, PageHead, RowSkeletons, toneOf, useNow } from '../ui/bits';

export interface ActivitySearch {
  kind?: string;
  status?: string;
}

const options = (texts: Record<string, string>) => Object.entries(texts).map(([value, label]) => ({ value, label }));

export function TaskRow({ task }: { task: Task }) {
  const live = task.status === 'running';
  const now = useNow(1000, live);
  const environments = useQuery(environmentsQuery).data;
  const target = environments?.find((one) => one.id === task.target || one.id === task.subject_id)?.name;
  const place = task.kind === 'restore' ? 'restores' : task.kind === 'mount' ? 'mounts' : '';
  const to = place && task.subject_id ? `/${place}/${task.subject_id}` : `/tasks/${task.id}`;
  return (
    <li>
      <Link to={to} className="task-row">
        <span className="cell-main">
          <span className="row-name">
            {t.taskKind[task.kind] ?? task.kind}
            {target && <span className="quiet"> · {target}</span>}
          </span>
          {live && <Progress value={task.percent} size="sm" aria-label={t.taskKind[task.kind] ?? task.kind} />}
          {task.status === 'failed' && <span className="quiet one-line">{task.error_message}</span>}
        </span>
        <Dot tone={toneOf[task.status] ?? 'quiet'}>{t.taskStatus[task.status]}</Dot>
        <span className="quiet numbers">{duration(secondsBetween(task.started_at, task.completed_at ?? (live ? now : null)))}</span>
        <span className="quiet">
          <Ago at={task.created_at} />
        </span>
      </Link>
    </li>
  );
}

export function Activity() {
  const search = useSearch({ from: '/activity' });
  const navigate = useNavigate();
  const found = useInfiniteQuery(tasksQuery({ kind: search.kind as Task['kind'] | undefined, status: search.status as Task['status'] | undefined }));
  const tasks = found.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Boolean(search.kind ?? search.status);
  const filter = (some: ActivitySearch) => void navigate({ to: '/activity', search: { ...search, ...some }, replace: true });
  return (
    <>
      <PageHead title={t.activity.title}>
        <Select aria-label={t.activity.kind} placeholder={t.activity.kind} clearable data={options(t.taskKind)} value={search.kind ?? null} onChange={(kind) => filter({ kind: kind ?? undefined })} />
        <Select
          aria-label={t.activity.status}
          placeholder={t.activity.status}
          clearable
          data={options(t.taskStatus)}
          value={search.status ?? null}
          onChange={(status) => filter({ status: status ?? undefined })}
        />
      </PageHead>
      {found.error && <ErrorBox error={found.error} onRetry={() => void found.refetch()} />}
      {!found.data && !found.error && <RowSkeletons />}
      {found.data && tasks.length === 0 && !filtered && <Empty icon="activity" title={t.activity.emptyTitle} text={t.activity.emptyText} />}
      {found.data && tasks.length === 0 && filtered && (
        <Empty icon="activity" title={t.activity.noMatch} text="">
          <Button variant="default" onClick={() => filter({ kind: undefined, status: undefined })}>
            {t.backups.clear}
          </Button>
        </Empty>
      )}
      {tasks.length > 0 && (
        <ul className="rows">
          {tasks.map((task) => (
            <TaskRow key={task.id} task={task} />
          ))}
        </ul>
      )}
      {found.hasNextPage && (
        <Button variant="default" mt="md" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t.words.showMore}
        </Button>
      )}
    </>
  );
}
