import { Kbd, Modal, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { environmentsQuery } from '../api/queries';
import { t } from '../text';
import { TypeTag } from './bits';

const command = /Mac|iP(hone|ad)/.test(navigator.platform) ? '⌘' : 'Ctrl';
const goTo: Record<string, string> = { h: '/', e: '/environments', b: '/backups', a: '/activity', c: '/schedules', d: '/drills', s: '/settings' };

function typing(target: EventTarget | null) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function Help() {
  const rows: [string[], string][] = [
    [['?'], t.keys.help],
    [['/'], t.keys.search],
    [[command, 'K'], t.keys.jump],
    [['g', 'h'], t.keys.goHome],
    [['g', 'e'], t.keys.goEnvironments],
    [['g', 'b'], t.keys.goBackups],
    [['g', 'a'], t.keys.goActivity],
    [['g', 'c'], t.nav.schedules],
    [['g', 'd'], t.nav.drills],
    [['g', 's'], t.nav.settings],
    [['Esc'], t.keys.close],
  ];
  return (
    <dl className="keys">
      {rows.map(([keys, label]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {keys.map((key) => (
              <Kbd key={key}>{key}</Kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface Place {
  to: string;
  label: string;
}

function Jump({ places, onClose }: { places: Place[]; onClose: () => void }) {
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const environments = useQuery(environmentsQuery);
  const wanted = words.trim().toLowerCase();
  const pages = places.map((one) => ({ key: one.to, label: one.label }));
  const found = [
    ...(environments.data ?? []).map((one) => ({ key: `/environments/${one.id}`, label: one.name, type: one.environment_type })),
    ...pages.map((page) => ({ ...page, type: undefined })),
  ]
    .filter((one) => one.label.toLowerCase().includes(wanted))
    .slice(0, 9);
  const go = (index: number) => {
    const choice = found[index];
    if (!choice) return;
    onClose();
    void navigate({ to: choice.key });
  };
  return (
    <>
      <TextInput
        aria-label={t.jump.placeholder}
        placeholder={t.jump.placeholder}
        value={words}
        data-autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls="jump-list"
        aria-activedescendant={found[at] ? `jump-${at}` : undefined}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(at + 1, found.length - 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
          else if (event.key === 'Enter') go(at);
          else return;
          event.preventDefault();
        }}
      />
      <div role="listbox" id="jump-list" className="jump" aria-label={t.jump.title}>
        {found.map((one, index) => (
          <div key={one.key} id={`jump-${index}`} role="option" aria-selected={index === at} tabIndex={-1} onMouseDown={() => go(index)}>
            {one.label}
            {one.type && <TypeTag type={one.type} />}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="quiet">{t.jump.nothing}</p>}
    </>
  );
}

// The keys that work everywhere, but not while somebody types.
export function Keys({ places, opened, onHelp }: { places: Place[]; opened: boolean; onHelp: (open: boolean) => void }) {
  const [jump, setJump] = useState(false);
  const navigate = useNavigate();
  const going = useRef(0);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setJump(true);
        return;
      }
      if (typing(event.target) || event.metaKey || event.ctrlKey || event.altKey || document.querySelector('[role=dialog]')) return;
      const to = Date.now() - going.current < 1200 ? goTo[event.key] : undefined;
      going.current = event.key === 'g' ? Date.now() : 0;
      if (to) void navigate({ to });
      else if (event.key === '?') onHelp(true);
      else if (event.key === '/') document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [navigate, onHelp]);
  return (
    <>
      <Modal opened={opened} onClose={() => onHelp(false)} title={t.keys.title}>
        <Help />
      </Modal>
      <Modal opened={jump} onClose={() => setJump(false)} title={t.jump.title}>
        <Jump places={places} onClose={() => setJump(false)} />
      </Modal>
    </>
  );
}
