import { Button, Modal, Select, Switch, Tabs, Tooltip } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, take } from '../api/client';
import { scheduleRunsQuery, schedulesQuery } from '../api/places';
import { environmentsQuery, meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Schedule } from '../api/types';
import { exact, inZone } from '../format';
import { t } from '../text';
import { Ago, Dot, Empty, ErrorBox, PageHead, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icons';
import { RowMenu, Table } from '../ui/table';
import { toast, toastError } from '../ui/toast';
import { Retention } from './retention';
import { ScheduleForm } from './schedule-form';

export interface SchedulesSearch {
  tab?: string;
  environment?: string;
}

const tones = { started: 'good', caught_up: 'attention', skipped: 'attention', failed: 'bad' } as const;
const refresh = () => void queryClient.invalidateQueries({ queryKey: ['schedules'] });

function NextRun({ one }: { one: Schedule }) {
  if (!one.next_run_at) return <span className="quiet">{t.schedules.off}</span>;
  return (
    <span className="cell-main">
      <Tooltip label={<span className="pre">{`${t.schedules.inZone(one.time_zone)}\n${exact(one.next_run_at)}`}</span>} events={{ hover: true, focus: true, touch: true }}>
        <time dateTime={one.next_run_at}>{inZone(one.next_run_at, one.time_zone)}</time>
      </Tooltip>
      <span className="quiet">
        <Ago at={one.next_run_at} />
      </span>
    </span>
  );
}

function Runs({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const found = useQuery(scheduleRunsQuery(schedule.id));
  return (
    <Modal opened onClose={onClose} title={`${t.schedules.runs}: ${schedule.name}`} size="lg">
      {schedule.next_runs.length > 0 && (
        <>
          <h3 className="small-title">{t.schedules.nextFive}</h3>
          <ol className="numbers next-runs">
            {schedule.next_runs.map((at) => (
              <li key={at}>{inZone(at, schedule.time_zone)}</li>
            ))}
          </ol>
        </>
      )}
      <h3 className="small-title">{t.schedules.runs}</h3>
      <ErrorBox error={found.error} />
      {found.data?.items.length === 0 && <p className="quiet">{t.schedules.noRuns}</p>}
      <ul className="rows">
        {found.data?.items.map((run) => (
          <li key={run.due_at} className="run-row">
            <time dateTime={run.due_at}>{inZone(run.due_at, schedule.time_zone)}</time>
            <Dot tone={tones[run.outcome]}>{t.schedules.outcome[run.outcome]}</Dot>
            {run.task_id && <Link to="/tasks/$id" params={{ id: run.task_id }}>{t.words.open}</Link>}
            {(run.detail || run.missed > 0) && (
              <span className="quiet">
                {run.missed > 0 && t.schedules.missed(run.missed)} <span lang="en">{run.detail}</span>
              </span>
            )}
          </li>
        ))}
      </ul>
    </Modal>
  );
}

type Doing = { what: 'add' } | { what: 'change' | 'runs' | 'remove'; one: Schedule };

// Of all environments with a choice among them, or, without `onFilter`, of one.
export function Schedules({ environmentId, onFilter }: { environmentId?: string; onFilter?: (id: string | undefined) => void }) {
  const me = useQuery(meQuery).data;
  const found = useQuery(schedulesQuery);
  const environments = useQuery(environmentsQuery).data ?? [];
  const [doing, setDoing] = useState<Doing | null>(null);
  const turn = useMutation({
    mutationFn: ({ one, on }: { one: Schedule; on: boolean }) => take(api.PATCH('/api/v1/schedules/{id}', { params: { path: { id: one.id } }, body: { is_enabled: on } })),
    onSuccess: refresh,
    onError: toastError,
  });
  const run = (one: Schedule) =>
    take(api.POST('/api/v1/schedules/{id}/run', { params: { path: { id: one.id } } }))
      .then((task) => toast(t.schedules.runStarted, { to: `/tasks/${task.task_id}` }))
      .catch(toastError);
  const rows = (found.data ?? []).filter((one) => !environmentId || one.environment_id === environmentId);
  const manages = may(me, 'project.schedules.manage', environments.find((one) => one.id === environmentId)?.project_id);
  const hasEnvironment = environments.some((one) => one.status !== 'deleted');
  const add = manages && hasEnvironment && (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setDoing({ what: 'add' })}>
      {t.schedules.add}
    </Button>
  );
  const nameOf = (id: string) => environments.find((one) => one.id === id)?.name ?? '–';
  return (
    <>
      {(rows.length > 0 || (environmentId && onFilter)) && (
        <div className="tools">
          {onFilter && (
            <Select
              aria-label={t.schedules.environment}
              placeholder={t.schedules.environment}
              clearable
              data={environments.filter((one) => one.status !== 'deleted').map((one) => ({ value: one.id, label: one.name }))}
              value={environmentId ?? null}
              onChange={(id) => onFilter(id ?? undefined)}
            />
          )}
          {rows.length > 0 && add}
        </div>
      )}
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons />}
      {found.data && rows.length === 0 && (
        <Empty icon="schedules" title={t.schedules.emptyTitle} text={hasEnvironment ? t.schedules.emptyText : t.schedules.needEnvironment}>
          {add}
        </Empty>
      )}
      {rows.length > 0 && (
        <Table
          label={t.schedules.title}
          rows={rows}
          keyOf={(one) => one.id}
          columns={[
            {
              title: t.words.name,
              kind: 'main',
              cell: (one) => (
                <span className="cell-main">
                  <span lang={one.name === one.sentence ? 'en' : undefined}>{one.name}</span>
                  <span className="quiet">
                    {t.schedules.kinds[one.kind]} · <code>{one.cron}</code> · {one.time_zone}
                  </span>
                </span>
              ),
            },
            ...(onFilter
              ? [
                  {
                    title: t.schedules.environment,
                    cell: (one: Schedule) => (
                      <Link to="/environments/$id" params={{ id: one.environment_id }}>
                        {nameOf(one.environment_id)}
                      </Link>
                    ),
                  },
                ]
              : []),
            { title: t.schedules.next, cell: (one) => <NextRun one={one} /> },
            {
              title: t.schedules.last,
              cell: (one) =>
                one.last_run ? (
                  <Dot tone={tones[one.last_run.outcome]}>
                    {t.schedules.outcome[one.last_run.outcome]} <Ago at={one.last_run.due_at} />
                  </Dot>
                ) : (
                  t.words.never
                ),
            },
            {
              title: t.words.more,
              kind: 'actions',
              cell: (one) => {
                const manager = may(me, one.kind === 'drill' ? 'project.drills.manage' : 'project.schedules.manage', one.project_id);
                return (
                  <>
                    {manager && (
                      <Switch checked={one.is_enabled} aria-label={`${t.schedules.on}: ${one.name}`} onChange={(event) => turn.mutate({ one, on: event.currentTarget.checked })} />
                    )}
                    <RowMenu
                      name={one.name}
                      actions={[
                        { label: t.schedules.runs, run: () => setDoing({ what: 'runs', one }) },
                        manager && { label: t.schedules.runNow, run: () => void run(one) },
                        manager && { label: t.schedules.change, run: () => setDoing({ what: 'change', one }) },
                        manager && { label: t.words.delete, danger: true, run: () => setDoing({ what: 'remove', one }) },
                      ]}
                    />
                  </>
                );
              },
            },
          ]}
        />
      )}
      {doing?.what === 'add' && <ScheduleForm environmentId={environmentId} onClose={() => setDoing(null)} onDone={refresh} />}
      {doing?.what === 'change' && <ScheduleForm present={doing.one} onClose={() => setDoing(null)} onDone={refresh} />}
      {doing?.what === 'runs' && <Runs schedule={doing.one} onClose={() => setDoing(null)} />}
      {doing?.what === 'remove' && (
        <Confirm
          opened
          onClose={() => setDoing(null)}
          title={t.schedules.removeTitle(doing.one.name)}
          warning={t.schedules.removeText}
          action={t.words.delete}
          run={() => take(api.DELETE('/api/v1/schedules/{id}', { params: { path: { id: doing.one.id } } }))}
          onDone={() => {
            toast(t.schedules.removed);
            refresh();
          }}
        />
      )}
    </>
  );
}

export function SchedulesPage() {
  const search = useSearch({ from: '/schedules' });
  const navigate = useNavigate();
  return (
    <>
      <PageHead title={t.schedules.title} about={t.schedules.intro} />
      <Tabs value={search.tab ?? 'schedules'} onChange={(tab) => void navigate({ to: '/schedules', search: { ...search, tab: tab === 'retention' ? tab : undefined }, replace: true })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="schedules">{t.schedules.tabs.schedules}</Tabs.Tab>
          <Tabs.Tab value="retention">{t.schedules.tabs.retention}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="schedules">
          <Schedules environmentId={search.environment} onFilter={(environment) => void navigate({ to: '/schedules', search: { ...search, environment }, replace: true })} />
        </Tabs.Panel>
        <Tabs.Panel value="retention">
          <Retention environmentId={search.environment} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
