import { Button, Select, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { authHeaders, errorOf } from '../api/client';
import { type AuditFilter, auditQuery, organizationsQuery } from '../api/places';
import { meQuery } from '../api/queries';
import { mayIn } from '../api/rights';
import type { AuditEntry } from '../api/types';
import { t } from '../text';
import { Ago, Dot, Empty, ErrorBox, PageHead, RowSkeletons } from '../ui/bits';
import { saveBlob } from '../ui/download';
import { Icon } from '../ui/icons';
import { Table } from '../ui/table';
import { toastError } from '../ui/toast';

export interface AuditSearch {
  organization?: string;
  result?: string;
  action?: string;
  since?: string;
}

const tones = { done: 'good', refused: 'attention', failed: 'bad' } as const;

// As the command line verifies it: one row a line, with the hashes that chain them.
async function save(organization: string | undefined) {
  const name = `audit-${new Date().toISOString().slice(0, 10)}.jsonl`;
  const parts: string[] = [];
  for (let after = 0; ; ) {
    const query = new URLSearchParams({ after: String(after), ...(organization ? { organization_id: organization } : {}) });
    const response = await fetch(`/api/v1/audit/export?${query}`, { headers: authHeaders() });
    if (!response.ok) throw await errorOf(response);
    const text = await response.text();
    const rows = text.split('\n').filter(Boolean);
    parts.push(text);
    if (rows.length < 10_000) break;
    after = (JSON.parse(rows.at(-1)!) as AuditEntry).number;
  }
  saveBlob(new Blob(parts, { type: 'application/x-ndjson' }), name);
}

const who = (one: AuditEntry) => one.actor_name ?? t.audit.actor[one.actor];
const named = (one: AuditEntry) => one.details.name ?? one.details.email ?? one.object_id?.slice(0, 8) ?? '';
// "createStorageConfig" as "create storage config".
const words = (action: string) => action.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

export function Audit() {
  const search = useSearch({ from: '/audit' });
  const navigate = useNavigate();
  const me = useQuery(meQuery).data;
  const organizations = (useQuery(organizationsQuery).data ?? []).filter((one) => mayIn(me, 'org.audit.view', one.id));
  const organization = me?.is_installation_admin ? search.organization : (search.organization ?? organizations[0]?.id);
  const filter: AuditFilter = {
    ...(organization ? { organization_id: organization } : {}),
    ...(search.result ? { result: search.result as AuditEntry['result'] } : {}),
    ...(search.action ? { action: search.action } : {}),
    ...(search.since ? { since: new Date(`${search.since}T00:00:00`).toISOString() } : {}),
  };
  const found = useInfiniteQuery({ ...auditQuery(filter), enabled: !!me && (me.is_installation_admin || !!organization) });
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const go = (some: AuditSearch) => void navigate({ to: '/audit', search: { ...search, ...some }, replace: true });
  const choices = [...(me?.is_installation_admin ? [{ value: '', label: t.audit.everyone }] : []), ...organizations.map((one) => ({ value: one.id, label: one.name }))];
  return (
    <>
      <PageHead title={t.audit.title} about={t.audit.intro}>
        <Button variant="default" leftSection={<Icon name="download" size={16} />} onClick={() => void save(organization).catch(toastError)}>
          {t.audit.export}
        </Button>
      </PageHead>
      <div className="tools">
        {choices.length > 1 && (
          <Select aria-label={t.people.organization} data={choices} value={organization ?? ''} allowDeselect={false} onChange={(id) => go({ organization: id || undefined })} />
        )}
        <Select
          aria-label={t.audit.result}
          placeholder={t.audit.result}
          clearable
          data={Object.entries(t.audit.results).map(([value, label]) => ({ value, label }))}
          value={search.result ?? null}
          onChange={(result) => go({ result: result ?? undefined })}
        />
        <TextInput type="search" aria-label={t.audit.action} placeholder={t.audit.action} defaultValue={search.action ?? ''} onKeyDown={(event) => event.key === 'Enter' && go({ action: event.currentTarget.value.trim() || undefined })} onBlur={(event) => go({ action: event.currentTarget.value.trim() || undefined })} />
        <TextInput type="date" leftSection={<span className="quiet">{t.audit.since}</span>} leftSectionWidth={60} aria-label={t.audit.since} value={search.since ?? ''} onChange={(event) => go({ since: event.currentTarget.value || undefined })} />
      </div>
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons />}
      {found.data && rows.length === 0 && <Empty icon="audit" title={t.audit.emptyTitle} text={t.audit.emptyText} />}
      {rows.length > 0 && (
        <Table
          label={t.audit.title}
          rows={rows}
          keyOf={(one) => String(one.number)}
          columns={[
            {
              title: t.audit.what,
              kind: 'main',
              cell: (one) => (
                <span className="cell-main">
                  <span className="row-name" lang="en">
                    {words(one.action)}
                  </span>
                  {named(one) && <span className="quiet breaks">{named(one)}</span>}
                </span>
              ),
            },
            { title: t.audit.who, cell: (one) => <span className="breaks">{who(one)}</span> },
            { title: t.audit.address, cell: (one) => <span className="quiet numbers">{one.address ?? '–'}</span> },
            { title: t.audit.result, cell: (one) => <Dot tone={tones[one.result]}>{t.audit.results[one.result]}</Dot> },
            { title: t.audit.at, cell: (one) => <Ago at={one.at} /> },
            { title: t.audit.number, kind: 'number', cell: (one) => one.number },
          ]}
        />
      )}
      {found.hasNextPage && (
        <Button variant="default" mt="md" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t.words.showMore}
        </Button>
      )}
    </>
  );
}
