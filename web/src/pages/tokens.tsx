import { Button, MultiSelect, NumberInput, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { permissionsQuery, tokensQuery } from '../api/places';
import { meQuery, projectsQuery, queryClient } from '../api/queries';
import type { Permission, Token } from '../api/types';
import { t } from '../text';
import { Ago, Empty, ErrorBox, RowSkeletons } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { FormDialog, useForm } from '../ui/form';
import { Icon } from '../ui/icons';
import { SecretOnce } from '../ui/secret';
import { RowMenu, Table } from '../ui/table';
import { toast } from '../ui/toast';

const refresh = () => void queryClient.invalidateQueries({ queryKey: ['tokens'] });

function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const permissions = useQuery(permissionsQuery).data?.permissions ?? [];
  const projects = useQuery(projectsQuery).data ?? [];
  const form = useForm({
    first: { name: '', scopes: [] as string[], project: '', expires_in_days: 90 },
    send: ({ name, scopes, project, expires_in_days }) =>
      take(
        api.POST('/api/v1/tokens', {
          body: { name, expires_in_days, ...(scopes.length ? { scopes: scopes as Permission[] } : {}), ...(project ? { project_id: project } : {}) },
        }),
      ),
    onDone: (made) => {
      refresh();
      onClose();
      onMade(made.token);
    },
  });
  return (
    <FormDialog handle={form} title={t.settings.newToken} intro={t.settings.tokensText} action={t.settings.newToken} onClose={onClose}>
      <TextInput label={t.settings.tokenName} required data-autofocus {...form.text('name')} />
      <MultiSelect
        label={t.settings.tokenScopes}
        placeholder={form.values.scopes.length ? undefined : t.settings.tokenAll}
        data={permissions}
        searchable
        hidePickedOptions
        value={form.values.scopes}
        error={form.fault('/scopes')}
        onChange={(scopes) => form.change({ scopes })}
      />
      <div className="fields">
        <Select
          label={t.tokens.project}
          placeholder={t.tokens.anyProject}
          data={projects.map((one) => ({ value: one.id, label: one.name }))}
          clearable
          value={form.values.project || null}
          error={form.fault('/project_id')}
          onChange={(project) => form.change({ project: project ?? '' })}
        />
        <NumberInput
          label={t.settings.tokenDays}
          min={0}
          value={form.values.expires_in_days}
          error={form.fault('/expires_in_days')}
          onChange={(days) => form.change({ expires_in_days: Number(days) || 0 })}
        />
      </div>
    </FormDialog>
  );
}

export function Tokens() {
  const me = useQuery(meQuery).data;
  const found = useQuery({ ...tokensQuery, enabled: !!me?.user });
  const projects = useQuery(projectsQuery).data ?? [];
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<Token | null>(null);
  if (me && !me.user) return <Empty icon="key" title={t.settings.tokens} text={t.tokens.forPeople} />;
  const rows = found.data ?? [];
  const add = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {t.settings.newToken}
    </Button>
  );
  return (
    <>
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading && <RowSkeletons rows={2} />}
      {found.data && rows.length === 0 && (
        <Empty icon="key" title={t.settings.noTokens} text={t.tokens.emptyText}>
          {add}
        </Empty>
      )}
      {rows.length > 0 && (
        <>
          <div className="tools">{add}</div>
          <Table
            label={t.settings.tokens}
            rows={rows}
            keyOf={(one) => one.id}
            columns={[
              {
                title: t.words.name,
                kind: 'main',
                cell: (one) => (
                  <span className="cell-main">
                    <span className="row-name">{one.name}</span>
                    <code className="quiet">{one.prefix}…</code>
                  </span>
                ),
              },
              {
                title: t.settings.tokenScopes,
                cell: (one) => (
                  <>
                    {one.scopes ? t.tokens.scope(one.scopes.length) : t.words.all}
                    {one.project_id && ` · ${projects.find((each) => each.id === one.project_id)?.name ?? ''}`}
                  </>
                ),
              },
              { title: t.settings.lastUsed, cell: (one) => <Ago at={one.last_used_at} /> },
              { title: t.settings.expires, cell: (one) => <Ago at={one.expires_at} /> },
              { title: t.words.more, kind: 'actions', cell: (one) => <RowMenu name={one.name} actions={[{ label: t.words.delete, danger: true, run: () => setDeleting(one) }]} /> },
            ]}
          />
        </>
      )}
      {making && <NewToken onClose={() => setMaking(false)} onMade={setSecret} />}
      {secret && <SecretOnce title={t.settings.newToken} text={t.settings.tokenMade} value={secret} onClose={() => setSecret(null)} />}
      {deleting && (
        <Confirm
          opened
          onClose={() => setDeleting(null)}
          title={t.tokens.deleteTitle(deleting.name)}
          warning={t.tokens.deleteText}
          action={t.words.delete}
          run={() => take(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id: deleting.id } } }))}
          onDone={() => {
            toast(t.tokens.deleted);
            refresh();
          }}
        />
      )}
    </>
  );
}
