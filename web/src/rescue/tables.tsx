import { Button, Switch, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { MountTable } from '../api/types';
import { count } from '../format';
import { t } from '../text';
import { m } from '../text/mounts';
import { Dot, Empty, ErrorBox, RowSkeletons } from '../ui/bits';
import { save } from '../ui/download';
import { Icon } from '../ui/icons';
import { Table } from '../ui/table';
import { toastError } from '../ui/toast';
import { tablesQuery } from './queries';
import { Rows } from './rows';

const atOnce = 100;

export function CsvButton({ mountId, table, size }: { mountId: string; table: string; size?: string }) {
  const saving = useMutation({
    mutationFn: () => save(`/api/v1/mounts/${mountId}/tables/${encodeURIComponent(table)}/csv`, `${table}.csv`),
    onError: toastError,
  });
  return (
    <Button
      variant="default"
      size={size}
      leftSection={<Icon name="download" size={14} />}
      aria-label={m.tables.csvOf(table)}
      loading={saving.isPending}
      onClick={() => saving.mutate()}
    >
      {m.tables.csv}
    </Button>
  );
}

const differs = (one: MountTable) => one.live_rows !== one.rows;
const isCalled = (one: MountTable, text: string) => [one.name, one.model, one.label].some((each) => each?.toLowerCase().includes(text));
const rowsText = (rows: number, isExact: boolean) => (isExact ? count(rows) : m.tables.about(count(rows)));

function Difference({ one }: { one: MountTable }) {
  if (one.live_rows === null) return <Dot tone="attention">{m.tables.noTable}</Dot>;
  const fewer = one.rows - one.live_rows;
  if (fewer === 0) return null;
  const rows = rowsText(Math.abs(fewer), one.is_exact && one.live_is_exact);
  return fewer > 0 ? <Dot tone="attention">{m.tables.lost(rows)}</Dot> : <Dot tone="quiet">{m.tables.more(rows)}</Dot>;
}

interface Props {
  mountId: string;
  find: string;
  all: boolean; // also those that have as many rows
  onChange: (some: { find?: string; all?: boolean }) => void;
}

export function Tables({ mountId, find, all, onChange }: Props) {
  const found = useQuery(tablesQuery(mountId));
  const [looking, setLooking] = useState<MountTable | null>(null);
  const [limit, setLimit] = useState(atOnce);
  const tables = found.data ?? [];
  const matching = tables.filter((one) => (all || differs(one)) && isCalled(one, find.trim().toLowerCase()));
  const same = !all && !tables.some(differs);
  return (
    <>
      <p className="quiet panel-text">{m.tables.intro}</p>
      <div className="tools tools-start">
        <TextInput
          type="search"
          aria-label={m.tables.find}
          placeholder={m.tables.find}
          leftSection={<Icon name="search" size={16} />}
          value={find}
          onChange={(event) => onChange({ find: event.currentTarget.value })}
        />
        <Switch label={m.tables.differing} checked={!all} onChange={(event) => onChange({ all: !event.currentTarget.checked })} />
        <Button variant="default" loading={found.isFetching} onClick={() => void found.refetch()}>
          {m.tables.count}
        </Button>
        <span className="quiet numbers" role="status">
          {found.data ? m.tables.shown(count(matching.length), count(tables.length)) : found.isFetching && m.tables.counting}
        </span>
      </div>
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending && <RowSkeletons />}
      {found.data && matching.length === 0 && (
        <Empty icon={same ? 'check' : 'search'} title={same ? m.tables.sameTitle : m.tables.noneTitle} text={same ? m.tables.sameText : ''}>
          <Button variant="default" onClick={() => onChange({ find: '', all: true })}>
            {m.tables.showAll}
          </Button>
        </Empty>
      )}
      {matching.length > 0 && (
        <Table
          label={m.tabs.tables}
          rows={matching.slice(0, limit)}
          keyOf={(one) => one.name}
          columns={[
            {
              title: m.tables.table,
              kind: 'main',
              cell: (one) => (
                <span className="cell-main">
                  <button type="button" className="row-name plain-button" onClick={() => setLooking(one)}>
                    {one.label ?? one.name}
                  </button>
                  <span className="quiet breaks">{one.model ? `${one.model} · ${one.name}` : one.label ? one.name : ''}</span>
                </span>
              ),
            },
            { title: m.tables.rows, cell: (one) => <span className="numbers">{rowsText(one.rows, one.is_exact)}</span> },
            { title: m.tables.live, cell: (one) => <span className="numbers">{one.live_rows === null ? '–' : rowsText(one.live_rows, one.live_is_exact)}</span> },
            { title: m.tables.difference, cell: (one) => <Difference one={one} /> },
            { title: t.words.more, kind: 'actions', cell: (one) => <CsvButton mountId={mountId} table={one.name} size="compact-sm" /> },
          ]}
        />
      )}
      {matching.length > limit && (
        <Button variant="default" mt="md" onClick={() => setLimit(limit + atOnce)}>
          {t.words.showMore}
        </Button>
      )}
      {looking && <Rows mountId={mountId} table={looking} onClose={() => setLooking(null)} />}
    </>
  );
}
