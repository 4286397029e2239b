import { Button, Group, NumberInput, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { retentionPlanQuery, retentionQuery } from '../api/places';
import { environmentsQuery, firstOf, meQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Environment, RetentionPolicy } from '../api/types';
import { bytes } from '../format';
import { t } from '../text';
import { Ago, Dot, Empty, ErrorBox, Panel, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { Form, useForm } from '../ui/form';
import { Table } from '../ui/table';
import { toast, toastError } from '../ui/toast';

const numbers = ['daily', 'weekly', 'monthly', 'yearly'] as const;

const refresh = (id: string) => {
  void queryClient.invalidateQueries({ queryKey: ['retention', id] });
  void queryClient.invalidateQueries({ queryKey: ['backups'] });
};

function PolicyForm({ environment, policy, manages }: { environment: Environment; policy: RetentionPolicy; manages: boolean }) {
  const { id } = environment;
  const form = useForm({
    first: {
      daily: policy.daily,
      weekly: policy.weekly,
      monthly: policy.monthly,
      yearly: policy.yearly,
      before_changes_days: policy.before_changes_days,
      manual_days: policy.manual_days,
    },
    send: (values) => take(api.PUT('/api/v1/environments/{id}/retention', { params: { path: { id } }, body: { ...values, time_zone: policy.time_zone } })),
    onDone: () => {
      toast(t.retention.saved);
      refresh(id);
    },
  });
  const input = (key: keyof typeof form.values, label: string, description?: string) => (
    <NumberInput
      key={key}
      label={label}
      description={description}
      min={0}
      allowDecimal={false}
      disabled={!manages}
      value={form.values[key]}
      error={form.fault(`/${key}`)}
      onChange={(value) => form.change({ [key]: Number(value) || 0 })}
    />
  );
  const fields = (
    <>
      <div className="fields fields-narrow">{numbers.map((key) => input(key, t.retention[key]))}</div>
      <div className="fields">
        {input('before_changes_days', t.retention.beforeChanges, t.retention.zeroHint)}
        {input('manual_days', t.retention.manual, t.retention.zeroHint)}
      </div>
    </>
  );
  const reset = () =>
    take(api.DELETE('/api/v1/environments/{id}/retention', { params: { path: { id } } }))
      .then(() => refresh(id))
      .catch(toastError);
  return (
    <Panel
      title={t.retention.title}
      aside={
        <Group gap="xs">
          <span className="tag">{t.retention.source[policy.source]}</span>
          {manages && policy.source === 'environment' && (
            <Button size="compact-xs" variant="subtle" onClick={() => void reset()}>
              {t.retention.reset}
            </Button>
          )}
        </Group>
      }
    >
      <p className="quiet panel-text">{t.retention.intro}</p>
      {manages ? (
        <Form handle={form} action={t.retention.save}>
          {fields}
        </Form>
      ) : (
        fields
      )}
    </Panel>
  );
}

function Plan({ environment, applies }: { environment: Environment; applies: boolean }) {
  const found = useQuery(retentionPlanQuery(environment.id));
  const [asking, setAsking] = useState(false);
  if (found.error) return <ErrorBox error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <RowSkeletons rows={2} />;
  const { to_delete, bytes_freed, backups } = found.data;
  return (
    <Panel
      title={t.retention.plan(to_delete, bytes(bytes_freed))}
      aside={
        applies &&
        to_delete > 0 && (
          <Button size="compact-sm" variant="default" onClick={() => setAsking(true)}>
            {t.retention.apply}
          </Button>
        )
      }
    >
      {backups.length > 0 && (
        <Table
          label={t.retention.fate}
          rows={backups}
          keyOf={(one) => one.id}
          columns={[
            {
              title: t.retention.backup,
              kind: 'main',
              cell: (one) => (
                <span className="cell-main">
                  <span className="row-name">{one.name || t.backupType[one.backup_type]}</span>
                  <span className="quiet">
                    <Ago at={one.created_at} /> · {bytes(one.compressed_size)}
                  </span>
                </span>
              ),
            },
            { title: t.retention.fate, cell: (one) => <Dot tone={one.is_kept ? 'good' : 'attention'}>{one.is_kept ? t.retention.kept : t.retention.over}</Dot> },
            { title: t.words.details, cell: (one) => <span lang="en">{one.sentence}</span> },
          ]}
        />
      )}
      {asking && (
        <Confirm
          opened
          onClose={() => setAsking(false)}
          title={t.retention.plan(to_delete, bytes(bytes_freed))}
          warning={t.retention.applyText}
          action={t.retention.apply}
          run={async () => {
            const { deleted, left } = await take(api.POST('/api/v1/environments/{id}/retention/apply', { params: { path: { id: environment.id } } }));
            toast(t.retention.applied(deleted.length), { hint: left.join(' ') });
          }}
          onDone={() => refresh(environment.id)}
        />
      )}
    </Panel>
  );
}

// With a choice among all environments, or of the given one `only`.
export function Retention({ environmentId, only }: { environmentId?: string; only?: boolean }) {
  const me = useQuery(meQuery).data;
  const environments = (useQuery(environmentsQuery).data ?? []).filter((one) => one.status !== 'deleted');
  const [chosen, setChosen] = useState(environmentId);
  const environment = environments.find((one) => one.id === chosen) ?? firstOf(environments);
  const policy = useQuery({ ...retentionQuery(environment?.id ?? ''), enabled: !!environment });
  if (!environment) return <Empty icon="clock" title={t.retention.title} text={t.schedules.needEnvironment} />;
  return (
    <>
      {!only && (
        <div className="tools">
          <Select aria-label={t.schedules.environment} data={environments.map((one) => ({ value: one.id, label: one.name }))} value={environment.id} allowDeselect={false} onChange={(id) => id && setChosen(id)} />
        </div>
      )}
      <ErrorBox error={policy.error} onRetry={() => void policy.refetch()} />
      {policy.data && <PolicyForm key={`${environment.id}${policy.data.source}`} environment={environment} policy={policy.data} manages={may(me, 'project.schedules.manage', environment.project_id)} />}
      <Plan environment={environment} applies={may(me, 'project.backups.delete', environment.project_id)} />
    </>
  );
}
