import { Button, Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { api, take } from '../api/client';
import { useEvents } from '../api/live';
import { meQuery, queryClient, taskQuery } from '../api/queries';
import { may } from '../api/rights';
import type { NumberedEvent } from '../api/stream';
import type { Environment, Snapshot } from '../api/types';
import { bytes, count, moment } from '../format';
import { t } from '../text';
import { s } from '../text/snapshots';
import { Ago, Dot, Panel, RowSkeletons, useNow } from '../ui/bits';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icons';
import { RowMenu, Table } from '../ui/table';
import { toast } from '../ui/toast';
import { Trouble } from '../ui/trouble';
import { refresh, settingsQuery, snapshotQuery, snapshotsQuery } from './queries';
import { RollBack } from './roll-back';
import { counted, failureOf, isOnItsWay, lastFailure, lastRollback, nameOf, shown, stateOf, whyOf } from './states';
import { TakeSnapshot } from './take';

// The one that became live instead of what a rollback left.
function useTarget(snapshot: Snapshot | undefined): Snapshot | undefined {
  const id = snapshot?.rollback_to;
  return useQuery({ ...snapshotQuery(id ?? ''), enabled: Boolean(id) }).data;
}

function Why({ snapshot }: { snapshot: Snapshot }) {
  return <span className="quiet breaks">{whyOf(snapshot, useTarget(snapshot))}</span>;
}

// How far its task is, by the events of the page.
function Working({ snapshot }: { snapshot: Snapshot }) {
  const { task_id: id } = snapshot;
  const task = useQuery(taskQuery(id)).data;
  const listen = useCallback((event: NumberedEvent) => void (event.task_id === id && queryClient.invalidateQueries({ queryKey: taskQuery(id).queryKey })), [id]);
  useEvents(listen);
  return (
    <>
      <Progress value={task?.percent ?? 0} size="sm" aria-label={`${stateOf(snapshot).text}: ${nameOf(snapshot)}`} />
      <Link to="/tasks/$id" params={{ id }}>
        {t.backups.watch}
      </Link>
    </>
  );
}

function State({ snapshot }: { snapshot: Snapshot }) {
  const { tone, text } = stateOf(snapshot);
  return (
    <span className="cell-main">
      <Dot tone={tone}>{text}</Dot>
      {isOnItsWay(snapshot) && <Working snapshot={snapshot} />}
    </span>
  );
}

function Goes({ snapshot }: { snapshot: Snapshot }) {
  if (snapshot.expires_at && snapshot.status !== 'failed') return <Ago at={snapshot.expires_at} />;
  return <span className="quiet">{snapshot.origin === 'after_restore' ? s.goesForNewer : s.goesNever}</span>;
}

function RolledBack({ previous }: { previous: Snapshot }) {
  const to = useTarget(previous);
  if (!to || !previous.taken_at) return null;
  return (
    <p className="bar">
      <span className="breaks">
        {s.rollback.done(nameOf(to), moment(previous.taken_at))} {previous.expires_at && s.rollback.kept(moment(previous.expires_at))}
      </span>
      <Link to="/tasks/$id" params={{ id: previous.task_id }}>
        {s.steps}
      </Link>
    </p>
  );
}

function Failed({ snapshot }: { snapshot: Snapshot }) {
  const task = useQuery(taskQuery(snapshot.task_id)).data;
  return (
    <section className="card card-attention" role="alert">
      <h2>{failureOf(snapshot)}</h2>
      <p lang="en" className="sentence">
        {snapshot.error_message?.split('\n')[0]}
      </p>
      {task?.error_hint && <p lang="en">{task.error_hint}</p>}
      <div className="card-actions">
        <Button variant="default" component={Link} to={`/tasks/${snapshot.task_id}`}>
          {s.steps}
        </Button>
      </div>
    </section>
  );
}

type Doing = { what: 'take' } | { what: 'rollback' | 'remove'; one: Snapshot };

// What an environment can be rolled back to in the time of a restart.
export function Snapshots({ environment }: { environment: Environment }) {
  const me = useQuery(meQuery).data;
  const found = useQuery(snapshotsQuery(environment.id));
  const settings = useQuery(settingsQuery(environment.id)).data;
  const now = useNow(20_000);
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  const all = found.data ?? [];
  const rows = shown(all);
  const failure = lastFailure(all, now);
  const previous = failure ? undefined : lastRollback(all);
  const mayRestore = may(me, 'project.backups.restore', environment.project_id);
  const mayRemove = may(me, 'project.backups.delete', environment.project_id);
  return (
    <>
      {failure && <Failed snapshot={failure} />}
      <div role="status">{previous && <RolledBack previous={previous} />}</div>
      <Panel
        title={s.title}
        aside={
          may(me, 'project.backups.create', environment.project_id) && (
            <Button size="xs" leftSection={<Icon name="plus" size={15} />} onClick={() => setDoing({ what: 'take' })}>
              {s.take.action}
            </Button>
          )
        }
      >
        {found.error && !found.data && <Trouble error={found.error} onRetry={() => void found.refetch()} />}
        {found.isPending && <RowSkeletons rows={2} />}
        {found.data && rows.length === 0 && (
          <>
            <p className="quiet panel-text">{s.intro}</p>
            <Dot tone="quiet">{s.none}</Dot>
          </>
        )}
        {rows.length > 0 && (
          <>
            {settings && <p className="quiet panel-text">{s.count(count(counted(all)), count(settings.keep))}</p>}
            <Table
              label={s.title}
              rows={rows}
              keyOf={(one) => one.id}
              columns={[
                {
                  title: t.words.name,
                  kind: 'main',
                  cell: (one) => (
                    <span className="cell-main">
                      <span className="breaks">{nameOf(one)}</span>
                      <Why snapshot={one} />
                    </span>
                  ),
                },
                { title: t.words.size, cell: (one) => <span className="numbers">{one.database_size ? bytes(one.database_size) : '–'}</span> },
                { title: s.goes, cell: (one) => <Goes snapshot={one} /> },
                { title: s.state, cell: (one) => <State snapshot={one} /> },
                {
                  title: t.words.more,
                  kind: 'actions',
                  cell: (one) => (
                    <>
                      {mayRestore && one.can_roll_back && (
                        <Button variant="default" size="compact-sm" leftSection={<Icon name="undo" size={14} />} aria-label={s.rollback.actionOf(nameOf(one))} onClick={() => setDoing({ what: 'rollback', one })}>
                          {s.rollback.action}
                        </Button>
                      )}
                      <RowMenu name={nameOf(one)} actions={[mayRemove && one.can_roll_back && { label: t.words.remove, danger: true, run: () => setDoing({ what: 'remove', one }) }]} />
                    </>
                  ),
                },
              ]}
            />
          </>
        )}
      </Panel>
      {doing?.what === 'take' && <TakeSnapshot environment={environment} onClose={close} />}
      {doing?.what === 'rollback' && <RollBack snapshot={doing.one} environment={environment} onClose={close} />}
      {doing?.what === 'remove' && (
        <Confirm
          opened
          onClose={close}
          title={s.remove.title(nameOf(doing.one))}
          warning={s.remove.text}
          action={t.words.remove}
          run={async () => {
            const { task_id } = await take(api.DELETE('/api/v1/snapshots/{id}', { params: { path: { id: doing.one.id } } }));
            toast(s.remove.started, { to: `/tasks/${task_id}` });
          }}
          onDone={refresh}
        />
      )}
    </>
  );
}
