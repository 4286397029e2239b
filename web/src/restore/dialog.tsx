import { Alert, Button, Group, Modal } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, take } from '../api/client';
import { environmentsQuery, queryClient } from '../api/queries';
import type { Backup, RestoreRequest } from '../api/types';
import { t } from '../text';
import { nameOf } from '../ui/backup-names';
import { ErrorBox } from '../ui/bits';
import { toast } from '../ui/toast';
import { changed, type Choices, firstChoices, isChosen, makesNew, planOf, requestOf } from './choices';
import { How } from './how';
import { What } from './plan';
import { planQuery, targetsQuery } from './queries';
import type { Stage } from './stage';
import { confirmWord, Sure } from './sure';
import { Where } from './where';

const titles = [t.restore.where, t.restore.how, t.restore.what, t.restore.confirm];
const planStep = 2;
const last = titles.length - 1;

function StepsLine({ step }: { step: number }) {
  return (
    <ol className="steps-line" aria-label={t.words.step(step + 1, titles.length)}>
      {titles.map((title, index) => (
        <li key={title} aria-current={index === step ? 'step' : undefined} className={index < step ? 'past' : ''}>
          {title}
        </li>
      ))}
    </ol>
  );
}

function Leaving({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  return (
    <Alert color="orange" variant="light" title={t.restore.leaveTitle} role="alertdialog" aria-label={t.restore.leaveTitle} mt="md">
      <Group justify="space-between">
        {t.restore.leaveText}
        <Group gap="xs">
          <Button size="xs" autoFocus onClick={onStay}>
            {t.restore.stay}
          </Button>
          <Button size="xs" variant="default" onClick={onLeave}>
            {t.restore.leave}
          </Button>
        </Group>
      </Group>
    </Alert>
  );
}

// One key for one order: repeated after a broken line it makes no second restore; another choice is another order.
const newKey = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

function useStage(backup: Backup, preset: Partial<Choices>): { stage: Stage; orderKey: string } {
  const [choices, setChoices] = useState<Choices>(() => ({ ...firstChoices(backup), ...preset }));
  const [orderKey, setOrderKey] = useState(newKey);
  const environments = useQuery(environmentsQuery).data ?? [];
  const targets = useQuery(targetsQuery(backup.id)).data;
  const change = (some: Partial<Choices>) => {
    setChoices((old) => changed(old, some));
    setOrderKey(newKey());
  };
  const source = environments.find((one) => one.id === backup.environment_id && one.status !== 'deleted');
  const target = choices.mode === 'original' ? source : targets?.environments.find((one) => one.id === choices.environmentId);
  const fresh = makesNew(choices.mode);
  const targetType = fresh ? choices.type : target?.environment_type;
  const targetName = fresh ? choices.name.trim() : (target?.name ?? '');
  return { stage: { backup, choices, change, source, targets, targetName, targetType }, orderKey };
}

// The plan is worked out while the step before it is read, once the choices there have come to rest.
function usePlan({ backup, choices }: Stage, step: number) {
  const now = isChosen(choices) && step > 0 ? JSON.stringify(planOf(backup, choices)) : '';
  const [wanted, setWanted] = useState('');
  const rest = step < planStep ? 1200 : 0;
  useEffect(() => {
    const timer = setTimeout(() => setWanted(now), rest);
    return () => clearTimeout(timer);
  }, [now, rest]);
  // Until then nothing is asked, and what was asked for other choices is not shown for these.
  return useQuery({ ...planQuery(JSON.parse(now || '{}') as RestoreRequest), enabled: now !== '' && now === wanted });
}

// Whether it has lasted so long that one need not wait for it any more.
function useLong(waiting: boolean): boolean {
  const [long, setLong] = useState(false);
  useEffect(() => {
    if (!waiting) return;
    const timer = setTimeout(() => setLong(true), 15_000);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [waiting]);
  return long;
}

export function RestoreDialog({ backup, preset = {}, onClose }: { backup: Backup; preset?: Partial<Choices>; onClose: () => void }) {
  const [step, setStep] = useState(0);
  const [typed, setTyped] = useState('');
  const [leaving, setLeaving] = useState(false);
  const { stage, orderKey } = useStage(backup, preset);
  const { choices, targetName } = stage;
  const chosen = isChosen(choices);
  const plan = usePlan(stage, step);
  const long = useLong(step === planStep && plan.isPending);
  const submit = useMutation({
    mutationFn: () => take(api.POST('/api/v1/backups/restore/v2', { body: requestOf(backup, choices, typed, orderKey) })),
    onSuccess: (ticket) => {
      toast(t.restore.queued, { hint: t.restore.queuedHint, to: `/restores/${ticket.restore_point_id}`, link: t.restore.watch });
      void queryClient.invalidateQueries();
      onClose();
    },
  });
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What it returns (a promise, in new browsers) is no cleanup.
    body.current?.scrollIntoView({ block: 'nearest' });
  }, [step]);
  const ask = () => (choices.mode === null || submit.isPending ? onClose() : setLeaving(true));
  const label = choices.mode === 'original' ? t.restore.submitOriginal : choices.mode === 'existing' ? t.restore.submitExisting : t.restore.submitNew;
  const mayGoOn = step === last ? typed === confirmWord : chosen && (step !== planStep || (plan.data ? plan.data.result !== 'blocked' : plan.isError || long));
  const forward = () => {
    if (!mayGoOn) return;
    if (step < last) setStep(step + 1);
    else submit.mutate();
  };
  return (
    <Modal opened onClose={ask} title={`${t.restore.title}: ${nameOf(backup)}`} size="lg" closeOnClickOutside={false}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          forward();
        }}
      >
        <StepsLine step={step} />
        <div className="stage" ref={body}>
          {step === 0 && <Where {...stage} />}
          {step === 1 && <How {...stage} />}
          {step === planStep && <What {...stage} plan={plan} long={long} />}
          {step === last && <Sure {...stage} typed={typed} onType={setTyped} />}
        </div>
        <ErrorBox error={submit.error} />
        {leaving ? (
          <Leaving onStay={() => setLeaving(false)} onLeave={onClose} />
        ) : (
          <Group justify="space-between" className="dialog-foot">
            <Button variant="default" onClick={() => (step === 0 ? ask() : setStep(step - 1))}>
              {step === 0 ? t.words.cancel : t.words.back}
            </Button>
            <Button type="submit" color={step === last && !makesNew(choices.mode) ? 'red' : undefined} disabled={!mayGoOn} loading={submit.isPending}>
              {step === last ? label(targetName) : t.words.next}
            </Button>
          </Group>
        )}
      </form>
    </Modal>
  );
}
