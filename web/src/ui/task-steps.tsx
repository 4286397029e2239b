import { Progress } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import type { NumberedEvent } from '../api/stream';
import type { TaskStep } from '../api/types';
import { duration, secondsBetween } from '../format';
import { partsOf } from '../restore/next-steps';
import { t } from '../text';
import { useNow } from './bits';

const marks: Record<TaskStep['state'], string> = { pending: '○', running: '⟳', done: '✓', failed: '!', undone: '↩', skipped: '–' };

// Steps of a restore that run at the same time, and are drawn so.
const together = [
  ['safety_backup', 'download'],
  ['load_database', 'stage_filestore'],
];

type Lines = Record<string, string[]>;

// What the log says of each step.
export function linesByStep(events: NumberedEvent[]): Lines {
  const lines: Lines = {};
  for (const event of events) {
    if (event.line && event.step) (lines[event.step] ??= []).push(event.type === 'task.warning' ? `⚠ ${event.line}` : event.line);
  }
  return lines;
}

// In rows of what runs at once.
function rowsOf(steps: TaskStep[]): TaskStep[][] {
  const rows: TaskStep[][] = [];
  for (const step of steps) {
    const last = rows.at(-1);
    const isMate = last?.length === 1 && together.some((pair) => pair.includes(step.name) && pair.includes(last[0]!.name));
    if (isMate) last.push(step);
    else rows.push([step]);
  }
  return rows;
}

// Tasks whose steps do something else than those of a restore that are called the same.
const own: Record<string, Record<string, string>> = { mount: t.mountStep, snapshot: t.snapshotStep, rollback: t.snapshotStep, drop_snapshot: t.snapshotStep };
const nameOf = (step: TaskStep, kind: string | undefined) => own[kind ?? '']?.[step.name] ?? t.step[step.name] ?? step.name;

function Step({ step, kind, lines, now }: { step: TaskStep; kind: string | undefined; lines: string[] | undefined; now: number }) {
  const name = nameOf(step, kind);
  // What has failed was taken back afterwards; that it failed is what one looks for.
  const state = step.error ? 'failed' : step.state;
  return (
    <div className={`step step-${state}`}>
      <span className="step-mark" aria-hidden="true">
        {marks[state]}
      </span>
      <div>
        <div className="step-name">
          <span>
            {name}
            <span className="visually-hidden"> ({t.stepState[state]})</span>
            {step.state === 'running' && <span className="quiet numbers"> {t.watch.percent(Math.floor(step.percent))}</span>}
          </span>
          <span className="quiet numbers">{step.started_at && duration(secondsBetween(step.started_at, step.completed_at ?? Math.max(now, Date.parse(step.started_at))))}</span>
        </div>
        {step.detail && <div className="quiet numbers breaks">{step.detail}</div>}
        {step.state === 'running' && <Progress size="sm" mt={4} value={step.percent} aria-label={name} />}
        {step.error && <div className="step-error">{partsOf(step.error).sentence}</div>}
        {lines && (
          <details className="log step-log">
            <summary aria-label={`${name}: ${t.watch.stepLog(lines.length)}`}>{t.watch.stepLog(lines.length)}</summary>
            <pre tabIndex={0}>{lines.join('\n')}</pre>
          </details>
        )}
      </div>
    </div>
  );
}

// The steps as a vertical line; each with its own bar while it runs, and its own part of the log.
export function TaskSteps({ steps, kind, lines = {} }: { steps: TaskStep[]; kind?: string; lines?: Lines }) {
  const now = useNow(
    1000,
    steps.some((step) => step.state === 'running'),
  );
  return (
    <ol className="steps">
      {rowsOf(steps).map((row) => (
        <li key={row[0]!.name} className={row.length > 1 ? 'steps-row steps-row-two' : 'steps-row'}>
          {row.map((step) => (
            <Step key={step.name} step={step} kind={kind} lines={lines[step.name]} now={now} />
          ))}
        </li>
      ))}
    </ol>
  );
}

export function TaskLog({ id, open, tick }: { id: string; open?: boolean; tick: number | string }) {
  const [shown, setShown] = useState(open ?? false);
  const [text, setText] = useState('');
  useEffect(() => {
    if (!shown) return;
    let current = true;
    void api
      .GET('/api/v1/tasks/{id}/log', { params: { path: { id } }, parseAs: 'text' })
      .then((answer) => current && setText(String(answer.data ?? '')))
      .catch(() => {});
    return () => {
      current = false;
    };
  }, [id, shown, tick]);
  return (
    <details className="log" open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>{t.task.log}</summary>
      <pre tabIndex={0}>{text || t.task.noLog}</pre>
    </details>
  );
}
