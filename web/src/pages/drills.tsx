import { Button, Select } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, take } from '../api/client';
import { drillsQuery, schedulesQuery } from '../api/places';
import { environmentsQuery, firstOf, meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Drill } from '../api/types';
import { duration } from '../format';
import { t } from '../text';
import { Ago, Dot, Empty, ErrorBox, PageHead, RowSkeletons, type Tone } from '../ui/bits';
import { save } from '../ui/download';
import { FormDialog, useForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { Table } from '../ui/table';
import { toast, toastError } from '../ui/toast';

const tones: Record<Drill['status'], Tone> = { pending: 'quiet', running: 'busy', passed: 'good', failed: 'bad', cancelled: 'quiet' };

const saveReport = (drill: Drill, kind: 'html' | 'pdf') =>
  save(`/api/v1/drills/${drill.id}/report.${kind}`, `drill-${drill.created_at.slice(0, 10)}-${drill.id.slice(0, 8)}.${kind}`);

function Start({ onClose }: { onClose: () => void }) {
  const me = useQuery(meQuery).data;
  const environments = (useQuery(environmentsQuery).data ?? []).filter((one) => one.status !== 'deleted' && may(me, 'project.drills.manage', one.project_id));
  const form = useForm({
    first: { environment_id: firstOf(environments)?.id ?? '' },
    send: (values) => take(api.POST('/api/v1/drills', { body: values })),
    onDone: (drill) => {
      toast(t.drills.started, { to: `/tasks/${drill.task_id}` });
      void queryClient.invalidateQueries({ queryKey: ['drills'] });
      onClose();
    },
  });
  return (
    <FormDialog handle={form} title={t.drills.start} intro={t.drills.intro} action={t.drills.start} onClose={onClose}>
      <Select
        label={t.drills.environment}
        description={t.drills.environmentHint}
        data={environments.map((one) => ({ value: one.id, label: one.name }))}
        value={form.values.environment_id || null}
        allowDeselect={false}
        data-autofocus
        error={form.fault('/environment_id')}
        onChange={(id) => form.change({ environment_id: id ?? '' })}
      />
    </FormDialog>
  );
}

export function Drills() {
  const me = useQuery(meQuery).data;
  const found = useInfiniteQuery(drillsQuery);
  const environments = useQuery(environmentsQuery).data ?? [];
  const drillSchedules = (useQuery(schedulesQuery).data ?? []).filter((one) => one.kind === 'drill' && one.is_enabled);
  const [starting, setStarting] = useState(false);
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const hasEnvironment = environments.some((one) => one.status !== 'deleted');
  const manages = may(me, 'project.drills.manage') && hasEnvironment;
  const start = manages && (
    <Button leftSection={<Icon name="drills" size={16} />} onClick={() => setStarting(true)}>
      {t.drills.start}
    </Button>
  );
  const schedule = manages && drillSchedules.length === 0 && (
    <Button variant="default" component={Link} to="/schedules" leftSection={<Icon name="schedules" size={16} />}>
      {t.schedules.add}
    </Button>
  );
  return (
    <>
      <PageHead title={t.drills.title} about={<span className="measure">{t.drills.intro}</span>}>
        {rows.length > 0 && schedule}
        {rows.length > 0 && start}
      </PageHead>
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons />}
      {found.data && rows.length === 0 && (
        <Empty icon="drills" title={t.drills.emptyTitle} text={hasEnvironment ? t.drills.emptyText : t.schedules.needEnvironment}>
          {start}
          {schedule}
        </Empty>
      )}
      {rows.length > 0 && (
        <Table
          label={t.drills.title}
          rows={rows}
          keyOf={(one) => one.id}
          columns={[
            {
              title: t.drills.environment,
              kind: 'main',
              cell: (one) => (
                <span className="cell-main">
                  <span className="row-name">{environments.find((each) => each.id === one.environment_id)?.name ?? t.drills.gone}</span>
                  {one.error_message && (
                    <span className="quiet breaks" lang="en">
                      {one.error_message.split('\n')[0]}
                    </span>
                  )}
                </span>
              ),
            },
            { title: t.words.status, cell: (one) => <Dot tone={tones[one.status]}>{t.drills.status[one.status]}</Dot> },
            { title: t.drills.recovery, cell: (one) => <span className="numbers">{duration(one.recovery_seconds)}</span> },
            { title: t.drills.when, cell: (one) => <Ago at={one.completed_at ?? one.created_at} /> },
            {
              title: t.words.more,
              kind: 'actions',
              cell: (one) => (
                <>
                  <Button size="compact-sm" variant="subtle" component={Link} to={`/tasks/${one.task_id}`}>
                    {t.drills.steps}
                  </Button>
                  {one.has_report &&
                    (['pdf', 'html'] as const).map((kind) => (
                      <Button
                        key={kind}
                        size="compact-sm"
                        variant={kind === 'pdf' ? 'default' : 'subtle'}
                        leftSection={<Icon name="download" size={14} />}
                        aria-label={kind === 'pdf' ? `${t.drills.report}, PDF, ${one.created_at}` : `HTML, ${t.drills.report}, ${one.created_at}`}
                        onClick={() => void saveReport(one, kind).catch(toastError)}
                      >
                        {kind === 'pdf' ? t.drills.report : 'HTML'}
                      </Button>
                    ))}
                </>
              ),
            },
          ]}
        />
      )}
      {found.hasNextPage && (
        <Button variant="default" mt="md" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t.words.showMore}
        </Button>
      )}
      {starting && <Start onClose={() => setStarting(false)} />}
    </>
  );
}
