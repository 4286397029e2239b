import { Alert, Button, Group, Modal, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { api, take } from '../api/client';
import { environmentsQuery, meQuery, queryClient, serversQuery } from '../api/queries';
import { may } from '../api/rights';
import type { Backup, Environment, EnvironmentType, Server } from '../api/types';
import { bytes, duration, moment, secondsBetween } from '../format';
import { t } from '../text';
import { nameOf } from '../ui/backup-list';
import { ErrorBox, Fact } from '../ui/bits';
import { Icon, type IconName } from '../ui/icons';
import { toast } from '../ui/toast';
import { type Choices, firstChoices, isChosen, isMadeSafe, makesNew, type Mode, obstacle, requestOf } from './choices';

const icons: Record<Mode, IconName> = { original: 'restore', existing: 'swap', new: 'plus', cross_server: 'servers' };
const kept = '24 h';

interface Stage {
  backup: Backup;
  choices: Choices;
  change: (some: Partial<Choices>) => void;
  environments: Environment[];
  servers: Server[];
}

function ModeCard({ mode, chosen, why, onChoose }: { mode: Mode; chosen: boolean; why: string | null; onChoose: () => void }) {
  const card = t.restore.cards[mode];
  return (
    <button type="button" role="radio" aria-checked={chosen} disabled={why !== null} className="mode-card" onClick={onChoose}>
      <Icon name={icons[mode]} size={22} />
      <span>
        <strong>{card.title}</strong>
        <span>{card.text}</span>
        {why && <em>{why}</em>}
      </span>
    </button>
  );
}

function TargetList({ backup, choices, change, environments }: Stage) {
  const others = environments.filter((one) => one.id !== backup.environment_id && one.status !== 'deleted');
  if (others.length === 0) return <Text c="dimmed">{t.restore.noTargets}</Text>;
  return (
    <div role="radiogroup" aria-label={t.restore.pickEnvironment} className="targets">
      {others.map((one) => {
        const why = obstacle(backup, one);
        return (
          <button
            key={one.id}
            type="button"
            role="radio"
            className="target"
            aria-checked={choices.environmentId === one.id}
            disabled={why !== null}
            onClick={() => change({ environmentId: one.id })}
          >
            <strong>{one.name}</strong>
            <span>{t.types[one.environment_type]}</span>
            <span className={why ? 'mark-no' : 'mark-yes'}>{why ?? `✓ ${t.restore.compatible}`}</span>
          </button>
        );
      })}
    </div>
  );
}

const types = Object.entries(t.types).map(([value, label]) => ({ value, label }));

function NewFields({ backup, choices, change, environments, servers }: Stage) {
  const source = environments.find((one) => one.id === backup.environment_id);
  const offered = choices.mode === 'cross_server' ? servers.filter((one) => one.id !== source?.server_id) : servers;
  return (
    <div className="fields">
      <TextInput label={t.restore.environmentName} required value={choices.name} onChange={(event) => change({ name: event.currentTarget.value })} />
      <Select
        label={t.restore.environmentType}
        data={types}
        value={choices.type}
        allowDeselect={false}
        onChange={(type) => change({ type: type as EnvironmentType })}
      />
      {(choices.mode === 'cross_server' || servers.length > 1) && (
        <Select
          label={t.restore.server}
          placeholder={t.restore.sameServer}
          data={offered.map((one) => ({ value: one.id, label: `${one.name} (${one.address})` }))}
          value={choices.serverId}
          clearable={choices.mode === 'new'}
          onChange={(serverId) => change({ serverId })}
        />
      )}
    </div>
  );
}

function Where(stage: Stage) {
  const { backup, choices, change, environments, servers } = stage;
  const me = useQuery(meQuery).data;
  const original = environments.find((one) => one.id === backup.environment_id && one.status !== 'deleted');
  const why: Record<Mode, string | null> = {
    original: original ? null : backup.environment_id ? t.restore.originalGone : t.restore.originalImported,
    existing: null,
    new: null,
    cross_server: may(me, 'org.backups.restore', backup.project_id) ? null : t.restore.noPermission,
  };
  const modes: Mode[] = servers.length > 1 ? ['original', 'existing', 'new', 'cross_server'] : ['original', 'existing', 'new'];
  return (
    <Stack>
      <div role="radiogroup" aria-label={t.restore.where} className="mode-cards">
        {modes.map((mode) => (
          <ModeCard key={mode} mode={mode} chosen={choices.mode === mode} why={why[mode]} onChoose={() => change({ mode, serverId: null })} />
        ))}
      </div>
      {choices.mode === 'existing' && <TargetList {...stage} />}
      {makesNew(choices.mode) && <NewFields {...stage} />}
    </Stack>
  );
}

function Option(props: { label: string; text: ReactNode; checked: boolean; disabled?: boolean; warning?: ReactNode; onChange: (on: boolean) => void }) {
  return (
    <div className="option">
      <Switch
        label={props.label}
        description={props.text}
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      {props.warning && (
        <Alert color="orange" variant="light" icon={<Icon name="warn" />} role="status">
          {props.warning}
        </Alert>
      )}
    </div>
  );
}

function How({ backup, choices, change, targetType }: Stage & { targetType: EnvironmentType | undefined }) {
  const fresh = makesNew(choices.mode);
  const safe = isMadeSafe(backup, choices, targetType);
  const fromProduction = backup.environment_snapshot.environment_type === 'production';
  const safeText = safe ? t.restore.safeCopyOn(t.types[targetType ?? 'staging']) : fromProduction ? t.restore.safeCopyOff : t.restore.safeCopyNotProduction;
  return (
    <Stack>
      <Option
        label={t.restore.safety}
        text={fresh ? t.restore.safetySkipped : t.restore.safetyText}
        checked={!fresh && choices.safety}
        disabled={fresh}
        warning={!fresh && !choices.safety && t.restore.safetyOff}
        onChange={(safety) => change({ safety })}
      />
      <Option
        label={t.restore.filestore}
        text={backup.include_filestore ? t.restore.filestoreText : t.restore.filestoreNotIn}
        checked={choices.filestore}
        disabled={!backup.include_filestore}
        warning={backup.include_filestore && !choices.filestore && t.restore.filestoreOff}
        onChange={(filestore) => change({ filestore })}
      />
      <Option
        label={t.restore.safeCopy}
        text={safeText}
        checked={safe}
        warning={!safe && fromProduction && targetType !== 'production' && t.restore.safeCopyWarn}
        onChange={(safeCopy) => change({ safeCopy })}
      />
      <TextInput
        type="datetime-local"
        label={`${t.restore.when} (${t.restore.whenNow}: ${t.words.optional})`}
        description={t.restore.whenHint(Intl.DateTimeFormat().resolvedOptions().timeZone)}
        value={choices.runAt}
        onChange={(event) => change({ runAt: event.currentTarget.value })}
      />
    </Stack>
  );
}

function What({ backup, choices, targetName }: Stage & { targetName: string }) {
  const taken = backup.started_at ?? backup.created_at;
  const when = moment(taken);
  const source = backup.environment_snapshot.name || nameOf(backup);
  const age = duration(secondsBetween(taken, Date.now()));
  const fresh = makesNew(choices.mode);
  return (
    <Stack>
      <p className="loud">
        {choices.mode === 'original' && t.restore.sentenceBack(targetName, when)}
        {choices.mode === 'existing' && t.restore.sentenceInto(targetName, source, when)}
        {fresh && t.restore.sentenceNew(targetName, source, when)}
      </p>
      <ul className="points">
        <li>{fresh ? t.restore.downtimeNone : t.restore.downtimeOne}</li>
        {choices.mode === 'original' && <li>{t.restore.lossAge(age)}</li>}
        {!fresh && <li>{t.restore.undoFor(kept)}</li>}
      </ul>
    </Stack>
  );
}

function Sure(props: Stage & { targetName: string; targetType?: EnvironmentType; typed: string; onType: (text: string) => void }) {
  const { backup, choices, targetName, servers } = props;
  const fresh = makesNew(choices.mode);
  const options = [
    !fresh && choices.safety && t.restore.optionSafety,
    choices.filestore && t.restore.optionFilestore,
    isMadeSafe(backup, choices, props.targetType) && t.restore.optionSafeCopy,
  ].filter(Boolean);
  return (
    <Stack>
      <dl className="facts">
        <Fact label={t.restore.source}>
          {nameOf(backup)} ({moment(backup.created_at)})
        </Fact>
        <Fact label={t.restore.size}>
          {bytes(backup.total_size)} ({t.restore.verifiedMark})
        </Fact>
        <Fact label={t.restore.target}>{fresh ? t.restore.targetNew(targetName) : targetName}</Fact>
        {choices.serverId && <Fact label={t.restore.server}>{servers.find((one) => one.id === choices.serverId)?.name}</Fact>}
        {fresh && <Fact label={t.restore.environmentType}>{t.types[choices.type]}</Fact>}
        <Fact label={t.restore.options}>
          {options.map((option) => (
            <div key={String(option)}>✓ {option}</div>
          ))}
        </Fact>
      </dl>
      {!fresh && (
        <p className="red" role="note">
          <Icon name="warn" /> {t.restore.red}
        </p>
      )}
      <TextInput
        label={t.restore.typeToConfirm('RESTORE')}
        value={props.typed}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
        autoFocus
        onChange={(event) => props.onType(event.currentTarget.value)}
      />
    </Stack>
  );
}

const titles = [t.restore.where, t.restore.how, t.restore.what, t.restore.confirm];

export function RestoreDialog({ backup, onClose }: { backup: Backup; onClose: () => void }) {
  const [step, setStep] = useState(0);
  const [choices, setChoices] = useState(() => firstChoices(backup));
  const [typed, setTyped] = useState('');
  const [leaving, setLeaving] = useState(false);
  const [key] = useState(() => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`);
  const environments = useQuery(environmentsQuery).data ?? [];
  const servers = useQuery(serversQuery).data ?? [];
  const change = (some: Partial<Choices>) => setChoices((old) => ({ ...old, ...some }));
  const targetId = choices.mode === 'original' ? backup.environment_id : choices.environmentId;
  const target = environments.find((one) => one.id === targetId);
  const targetType = makesNew(choices.mode) ? choices.type : target?.environment_type;
  const targetName = makesNew(choices.mode) ? choices.name.trim() : (target?.name ?? '');
  const submit = useMutation({
    mutationFn: () => take(api.POST('/api/v1/backups/restore/v2', { body: requestOf(backup, choices, typed, key) })),
    onSuccess: (ticket) => {
      toast(t.restore.queued, { hint: t.restore.queuedHint, to: `/restores/${ticket.restore_point_id}`, link: t.restore.watch });
      void queryClient.invalidateQueries();
      onClose();
    },
  });
  const stage: Stage = { backup, choices, change, environments, servers };
  const ask = () => (choices.mode === null || submit.isPending ? onClose() : setLeaving(true));
  const last = step === titles.length - 1;
  const label = choices.mode === 'original' ? t.restore.submitOriginal : choices.mode === 'existing' ? t.restore.submitExisting : t.restore.submitNew;
  const forward = () => {
    if (!last) setStep(step + 1);
    else if (typed === 'RESTORE') submit.mutate();
  };
  return (
    <Modal opened onClose={ask} title={t.restore.title} size="lg" closeOnClickOutside={false}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          forward();
        }}
      >
        <ol className="steps-line" aria-label={t.words.step(step + 1, titles.length)}>
          {titles.map((title, index) => (
            <li key={title} aria-current={index === step ? 'step' : undefined} className={index < step ? 'past' : ''}>
              {title}
            </li>
          ))}
        </ol>
        <div className="stage">
          {step === 0 && <Where {...stage} />}
          {step === 1 && <How {...stage} targetType={targetType} />}
          {step === 2 && <What {...stage} targetName={targetName} />}
          {step === 3 && <Sure {...stage} targetName={targetName} targetType={targetType} typed={typed} onType={setTyped} />}
        </div>
        <ErrorBox error={submit.error} />
        {leaving ? (
          <Alert color="orange" variant="light" title={t.restore.leaveTitle} role="alertdialog" mt="md">
            <Group justify="space-between">
              {t.restore.leaveText}
              <Group gap="xs">
                <Button size="xs" variant="default" autoFocus onClick={() => setLeaving(false)}>
                  {t.restore.stay}
                </Button>
                <Button size="xs" color="orange" onClick={onClose}>
                  {t.restore.leave}
                </Button>
              </Group>
            </Group>
          </Alert>
        ) : (
          <Group justify="space-between" mt="lg">
            <Button variant="default" onClick={() => (step === 0 ? ask() : setStep(step - 1))}>
              {step === 0 ? t.words.cancel : t.words.back}
            </Button>
            <Button
              type="submit"
              color={last && !makesNew(choices.mode) ? 'red' : undefined}
              disabled={!isChosen(choices) || (last && typed !== 'RESTORE')}
              loading={submit.isPending}
            >
              {last ? label(targetName) : t.words.next}
            </Button>
          </Group>
        )}
      </form>
    </Modal>
  );
}
