import { Button, Checkbox, Switch, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { MountAttachment } from '../api/types';
import { bytes } from '../format';
import { t } from '../text';
import { m } from '../text/mounts';
import { Dot, Empty, ErrorBox, RowSkeletons } from '../ui/bits';
import { save } from '../ui/download';
import { Icon } from '../ui/icons';
import { Table } from '../ui/table';
import { toastError } from '../ui/toast';
import { BringBack } from './bring-back';
import { stateOf, toneOfState } from './documents';
import { documentsQuery } from './queries';

const most = 100; // that one call brings back

const isLacking = (one: MountAttachment) => stateOf(one) !== 'there';

function Download({ mountId, one }: { mountId: string; one: MountAttachment }) {
  const saving = useMutation({ mutationFn: () => save(`/api/v1/mounts/${mountId}/attachments/${one.id}/content`, one.name), onError: toastError });
  return (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={<Icon name="download" size={14} />}
      aria-label={m.documents.download(one.name)}
      loading={saving.isPending}
      onClick={() => saving.mutate()}
    >
      {t.backups.download}
    </Button>
  );
}

type Picked = ReadonlyMap<number, MountAttachment>;

function Picking({ picked, shown, onPick, onBring }: { picked: Picked; shown: MountAttachment[]; onPick: (picked: Picked) => void; onBring: () => void }) {
  const lacking = shown.filter(isLacking);
  const isFull = picked.size > most;
  return (
    <div className="bar picking">
      <span className="undo">
        <span role="status">{m.documents.picked(picked.size)}</span>
        {(lacking.length > most || isFull) && <span className={isFull ? 'attention' : 'quiet'}>{m.documents.most}</span>}
        {lacking.some((one) => !picked.has(one.id)) && (
          <Button variant="subtle" size="xs" onClick={() => onPick(new Map([...picked, ...lacking.map((one) => [one.id, one] as const)].slice(0, most)))}>
            {m.documents.pickAll}
          </Button>
        )}
        {picked.size > 0 && (
          <Button variant="subtle" size="xs" color="gray" onClick={() => onPick(new Map())}>
            {m.documents.pickNone}
          </Button>
        )}
      </span>
      <Button size="xs" leftSection={<Icon name="undo" size={15} />} disabled={picked.size === 0 || isFull} onClick={onBring}>
        {m.documents.bring}
      </Button>
    </div>
  );
}

interface Props {
  mountId: string;
  environment: string;
  mayBring: boolean;
  find: string;
  model: string;
  all: boolean; // also those that are there
  onChange: (some: { find?: string; model?: string; all?: boolean }) => void;
}

export function Documents({ mountId, environment, mayBring, find, model, all, onChange }: Props) {
  // Asked for once the typing has come to rest.
  const [wanted] = useDebouncedValue(JSON.stringify({ q: find.trim(), model: model.trim() }), 400);
  const { q, model: of } = JSON.parse(wanted) as { q: string; model: string };
  const found = useInfiniteQuery(documentsQuery(mountId, { ...(q ? { q } : {}), ...(of ? { model: of } : {}), ...(all ? {} : { missing: true }) }));
  const [picked, setPicked] = useState<Picked>(new Map());
  const [bringing, setBringing] = useState(false);
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const { hasNextPage, isFetching, isError, fetchNextPage } = found;
  const goesOn = hasNextPage && rows.length === 0 && !isError;
  // Of so many thousand none may be missing: then the next are looked through.
  useEffect(() => {
    if (goesOn && !isFetching) void fetchNextPage();
  }, [goesOn, isFetching, fetchNextPage]);
  const pick = (one: MountAttachment, on: boolean) => {
    const next = new Map(picked);
    if (on) next.set(one.id, one);
    else next.delete(one.id);
    setPicked(next);
  };
  const filtered = Boolean(q || of);
  const empty = filtered ? 'none' : all ? 'empty' : 'complete';
  const looking = found.isPending || goesOn;
  return (
    <>
      <p className="quiet panel-text">{m.documents.intro}</p>
      <div className="tools tools-start">
        <TextInput
          type="search"
          aria-label={m.documents.find}
          placeholder={m.documents.find}
          leftSection={<Icon name="search" size={16} />}
          value={find}
          onChange={(event) => onChange({ find: event.currentTarget.value })}
        />
        <TextInput aria-label={`${m.documents.model}, ${m.documents.modelHint}`} placeholder={`${m.documents.model}, ${m.documents.modelHint}`} value={model} onChange={(event) => onChange({ model: event.currentTarget.value })} />
        <Switch label={m.documents.missing} checked={!all} onChange={(event) => onChange({ all: !event.currentTarget.checked })} />
        <span className="quiet" role="status">
          {looking && !isError && m.documents.looking}
        </span>
      </div>
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {looking && !isError && <RowSkeletons />}
      {found.data && rows.length === 0 && !looking && (
        <Empty icon={empty === 'complete' ? 'check' : 'search'} title={m.documents[`${empty}Title`]} text={m.documents[`${empty}Text`]}>
          {empty !== 'empty' && (
            <Button variant="default" onClick={() => onChange({ find: '', model: '', all: true })}>
              {m.documents.showAll}
            </Button>
          )}
        </Empty>
      )}
      {mayBring && (picked.size > 0 || rows.some(isLacking)) && <Picking picked={picked} shown={rows} onPick={setPicked} onBring={() => setBringing(true)} />}
      {rows.length > 0 && (
        <Table
          label={m.tabs.documents}
          rows={rows}
          keyOf={(one) => String(one.id)}
          columns={[
            {
              title: m.documents.name,
              kind: 'main',
              cell: (one) => (
                <span className="pick">
                  {mayBring && (
                    <Checkbox
                      aria-label={m.documents.pick(one.name)}
                      checked={picked.has(one.id)}
                      disabled={!isLacking(one)}
                      onChange={(event) => pick(one, event.currentTarget.checked)}
                    />
                  )}
                  <span className="cell-main">
                    <span className="breaks">{one.name}</span>
                    {one.mimetype && <span className="quiet one-line">{one.mimetype}</span>}
                  </span>
                </span>
              ),
            },
            {
              title: m.documents.record,
              cell: (one) => (
                <span className="quiet breaks">
                  {one.model ? `${one.model}${one.record_id === null ? '' : ` ${one.record_id}`}` : m.documents.noRecord}
                  {one.field && ` · ${one.field}`}
                </span>
              ),
            },
            { title: m.documents.size, cell: (one) => <span className="numbers">{bytes(one.size)}</span> },
            {
              title: m.documents.state,
              cell: (one) => {
                const state = stateOf(one);
                return (
                  <Dot tone={toneOfState(state)}>
                    <span className="outcome">{m.documents.states[state]}</span>
                  </Dot>
                );
              },
            },
            { title: t.words.more, kind: 'actions', cell: (one) => <Download mountId={mountId} one={one} /> },
          ]}
        />
      )}
      {hasNextPage && rows.length > 0 && (
        <Button variant="default" mt="md" loading={found.isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t.words.showMore}
        </Button>
      )}
      {bringing && (
        <BringBack
          mountId={mountId}
          environment={environment}
          picked={[...picked.values()]}
          onClose={() => setBringing(false)}
          onDone={() => setPicked(new Map())}
        />
      )}
    </>
  );
}
