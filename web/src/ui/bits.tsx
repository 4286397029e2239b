import { ActionIcon, Alert, Button, Group, Skeleton, Text, Title, Tooltip } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError } from '../api/client';
import type { EnvironmentType } from '../api/types';
import { ago, exact } from '../format';
import { language, t } from '../text';
import { useCopying } from './copying';
import { Icon, type IconName } from './icons';

export type Tone = 'good' | 'attention' | 'bad' | 'busy' | 'quiet';

export const toneOf: Record<string, Tone> = {
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  error: 'bad',
  cancelled: 'quiet',
  pending: 'quiet',
  queued: 'quiet',
  deleted: 'quiet',
  stopped: 'quiet',
  deploying: 'busy',
  restoring: 'busy',
  swapped: 'good',
  rolled_back: 'attention',
  target_untouched: 'attention',
  undone: 'quiet',
};

export function Dot({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="status">
      <span className={`dot dot-${tone}`} aria-hidden="true" />
      {children}
    </span>
  );
}

export function EnvironmentStatus({ status }: { status: keyof typeof t.environmentStatus }) {
  const tone = status === 'running' ? 'good' : (toneOf[status] ?? 'quiet');
  return <Dot tone={tone}>{t.environmentStatus[status]}</Dot>;
}

export function TypeTag({ type }: { type: EnvironmentType }) {
  return <span className={`tag tag-${type}`}>{t.types[type]}</span>;
}

// The time of day moves on by itself.
export function useNow(every = 1000, active = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every, active]);
  return now;
}

export function Ago({ at }: { at: string | null | undefined }) {
  const now = useNow(20_000);
  if (!at) return <>{t.words.never}</>;
  return (
    <Tooltip label={<span className="pre">{exact(at)}</span>} withinPortal events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at}>{ago(at, now)}</time>
    </Tooltip>
  );
}

export function PageHead({ title, children, about }: { title: ReactNode; children?: ReactNode; about?: ReactNode }) {
  return (
    <header className="page-head">
      <div>
        <Title order={1} className="page-title">
          {title}
        </Title>
        {about && <div className="page-about">{about}</div>}
      </div>
      <Group gap="xs">{children}</Group>
    </header>
  );
}

export function Panel({ title, children, aside }: { title?: ReactNode; children: ReactNode; aside?: ReactNode }) {
  return (
    <section className="panel">
      {title && (
        <div className="panel-head">
          <Title order={2} className="panel-title">
            {title}
          </Title>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}

export function Empty({ icon, title, text, children }: { icon: IconName; title: string; text: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <div className="empty-icon">
        <Icon name={icon} size={28} />
      </div>
      <Title order={2} className="panel-title">
        {title}
      </Title>
      <Text c="dimmed" className="measure">
        {text}
      </Text>
      {children && <Group gap="xs">{children}</Group>}
    </div>
  );
}

// What the API refused, in its own words, with what to do.
export function ErrorBox({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (!error) return null;
  const known = error instanceof ApiError ? error : null;
  const gone = known?.status === 404;
  const message = known ? (gone ? t.errors.notFound : known.message) : t.errors.offline;
  const hint = known ? (gone ? t.errors.notFoundHint : known.hint) : t.errors.offlineHint;
  const fromServer = known && !gone; // whose sentences are English
  return (
    <Alert lang={fromServer ? 'en' : undefined} color="orange" variant="light" icon={<Icon name="warn" />} title={message} role="alert" className="error-box">
      {hint && <div>{hint}</div>}
      {known && known.faults.length > 1 && (
        <ul>
          {known.faults.map((fault) => (
            <li key={fault.field}>
              <code>{fault.field}</code> {fault.message}
            </li>
          ))}
        </ul>
      )}
      {onRetry && (
        <Button lang={language} size="xs" variant="default" mt="xs" onClick={onRetry}>
          {t.words.retry}
        </Button>
      )}
    </Alert>
  );
}

export function RowSkeletons({ rows = 5 }: { rows?: number }) {
  return (
    <div role="status" aria-busy="true" aria-label={t.words.loading}>
      {Array.from({ length: rows }, (_, row) => (
        <div className="skeleton-row" key={row}>
          <Skeleton height={14} width="32%" />
          <Skeleton height={14} width="12%" />
          <Skeleton height={14} width="16%" />
          <Skeleton height={14} width="10%" />
        </div>
      ))}
    </div>
  );
}

export function Copy({ value, label }: { value: string; label?: string }) {
  const { copied, copy } = useCopying(value);
  return (
    <Tooltip label={copied ? t.words.copied : (label ?? t.words.copy)}>
      <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={`${t.words.copy}: ${label ?? value}`}>
        <Icon name={copied ? 'check' : 'copy'} size={14} />
      </ActionIcon>
    </Tooltip>
  );
}

export function Command({ children }: { children: string }) {
  return (
    <div className="command">
      <code>{children}</code>
      <Copy value={children} label={t.words.sameByCli} />
    </div>
  );
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
