import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { api, take } from '../api/client';
import type { Backup, Restore, Task } from '../api/types';
import { t } from '../text';
import { Icon } from '../ui/icons';
import { toast, toastError } from '../ui/toast';
import { adviceFor, type NextStep, nextSteps, partsOf, tellingLines } from './next-steps';
import { useRestore } from './provider';

// Read by somebody whose production may be down: what became of it comes first.
function firstWords(restore: Restore): string {
  if (restore.outcome === 'rolled_back') return t.watch.rolledBack;
  if (restore.outcome === 'swapped') return t.watch.leftBroken;
  return restore.is_new_environment ? t.watch.untouchedNew : t.watch.untouched;
}

async function verify(backup: Backup) {
  const task = await take(api.POST('/api/v1/backups/{id}/verify', { params: { path: { id: backup.id } } }));
  toast(t.backups.verifyStarted, { to: `/tasks/${task.id}` });
}

interface Props {
  restore: Restore;
  backup: Backup | undefined;
  safety: Backup | undefined;
}

function Step({ step, first, restore, backup, safety }: Props & { step: NextStep; first: boolean }) {
  const open = useRestore();
  const variant = first ? 'filled' : 'default';
  const again = { mode: restore.mode, environmentId: restore.mode === 'existing' ? restore.target_environment_id : null };
  const label = t.watch.actions[step];
  const link = (to: string) => (
    <Button variant={variant} component={Link} to={to}>
      {label}
    </Button>
  );
  const button = (run: () => void, icon?: 'restore' | 'shield') => (
    <Button variant={variant} leftSection={icon && <Icon name={icon} size={16} />} onClick={run}>
      {label}
    </Button>
  );
  if (step === 'servers') return link('/servers');
  if (step === 'activity') return link('/activity');
  if (step === 'other_backup') return link(backup?.environment_id ? `/environments/${backup.environment_id}` : '/backups');
  if (step === 'safety') return safety ? button(() => open({ backup: safety, preset: { mode: 'original' } }), 'restore') : null;
  if (!backup) return null;
  if (step === 'verify') return button(() => void verify(backup).catch(toastError), 'shield');
  if (step === 'as_new') return button(() => open({ backup, preset: { mode: 'new' } }), 'restore');
  if (step === 'without_files') return button(() => open({ backup, preset: { ...again, filestore: false } }));
  return button(() => open({ backup, preset: again }), 'restore');
}

export function FailedCard({ task, ...props }: Props & { task: Task | undefined }) {
  const { restore } = props;
  const advice = t.advice[adviceFor(restore)];
  const { sentence, log } = partsOf(restore.error_message ?? '');
  const telling = tellingLines(log);
  return (
    <section className="card card-attention" role="alert">
      <h2>{firstWords(restore)}</h2>
      <div>
        {restore.error_step && <p className="quiet">{t.watch.failedAt(t.step[restore.error_step] ?? restore.error_step)}</p>}
        <p className="sentence">{sentence}</p>
      </div>
      {telling.length > 0 && <pre className="telling">{telling.join('\n')}</pre>}
      {(advice || task?.error_hint) && (
        <div>
          <p className="field-label">{t.watch.whatToDo}</p>
          {advice && <p>{advice}</p>}
          {task?.error_hint && <p className="quiet sentence">{task.error_hint}</p>}
        </div>
      )}
      <div className="card-actions">
        {nextSteps(restore).map((step, index) => (
          <Step key={step} step={step} first={index === 0} {...props} />
        ))}
      </div>
      {log.length > 0 && (
        <details className="log">
          <summary>{t.watch.containerLog(log.length)}</summary>
          <pre tabIndex={0}>{log.join('\n')}</pre>
        </details>
      )}
    </section>
  );
}
