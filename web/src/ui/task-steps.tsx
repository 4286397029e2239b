import { Progress } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import type { TaskStep } from '../api/types';
import { duration, secondsBetween } from '../format';
import { t } from '../text';
import { useNow } from './bits';

const marks: Record<TaskStep['state'], string> = { pending: '○', running: '⟳', done: '✓', failed: '!', undone: '↩', skipped: '–' };

// The steps as a vertical line; each with its own bar while it runs.
export function TaskSteps({ steps }: { steps: TaskStep[] }) {
  const now = useNow(
    1000,
    steps.some((step) => step.state === 'running'),
  );
  return (
    <ol className="steps">
      {steps.map((step) => (
        <li key={step.name} className={`step step-${step.state}`}>
          <span className="step-mark" aria-hidden="true">
            {marks[step.state]}
          </span>
          <div>
            <div className="step-name">
              {t.step[step.name] ?? step.name}
              <span className="visually-hidden"> ({t.stepState[step.state]})</span>
              <span className="quiet numbers">{step.started_at && duration(secondsBetween(step.started_at, step.completed_at ?? now))}</span>
            </div>
            {step.detail && <div className="quiet numbers">{step.detail}</div>}
            {step.state === 'running' && <Progress size="sm" value={step.percent} aria-label={t.step[step.name] ?? step.name} />}
            {step.error && <div className="step-error">{step.error}</div>}
          </div>
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
