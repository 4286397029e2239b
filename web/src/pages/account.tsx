import { Alert, Button, Group, PasswordInput, Select, Text, TextInput, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client';
import { sessionsQuery } from '../api/places';
import { meQuery, queryClient } from '../api/queries';
import type { Me } from '../api/types';
import { chooseLanguage, language, languages, t } from '../text';
import { Ago, Copy, ErrorBox, Panel } from '../ui/bits';
import { Form, useForm } from '../ui/form';
import { SecretOnce } from '../ui/secret';
import { Table } from '../ui/table';
import { toast, toastError } from '../ui/toast';
import { PasswordForm } from './sign-in';

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Panel title={t.settings.appearance}>
      <div className="fields fields-short">
        <Select
          label={t.account.colours}
          allowDeselect={false}
          data={[
            { value: 'auto', label: t.nav.system },
            { value: 'light', label: t.nav.light },
            { value: 'dark', label: t.nav.dark },
          ]}
          value={colorScheme}
          onChange={(value) => setColorScheme(value as 'auto' | 'light' | 'dark')}
        />
        <Select label={t.settings.language} allowDeselect={false} data={languages} value={language} onChange={(value) => value && chooseLanguage(value)} />
      </div>
      <Text size="sm" c="dimmed" mt="sm">
        {t.settings.timeZone}: {Intl.DateTimeFormat().resolvedOptions().timeZone}
      </Text>
    </Panel>
  );
}

const again = () => void queryClient.invalidateQueries({ queryKey: meQuery.queryKey });

// A password begins it, a code of the authenticator confirms it, and the recovery codes are shown once.
function SecondFactor({ isOn }: { isOn: boolean }) {
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const begin = useForm({
    first: { password: '' },
    send: async (body) => (isOn ? void (await api.DELETE('/api/v1/auth/totp', { body })) : take(api.POST('/api/v1/auth/totp', { body }))),
    onDone: (factor) => {
      begin.change({ password: '' });
      if (factor) setBegun(factor);
      else {
        toast(t.account.factorOff);
        again();
      }
    },
  });
  const confirm = useForm({
    first: { code: '' },
    send: ({ code }) => take(api.POST('/api/v1/auth/totp/confirm', { body: { code: code.trim() } })),
    onDone: ({ recovery_codes }) => {
      confirm.change({ code: '' });
      setBegun(null);
      setCodes(recovery_codes);
      toast(t.account.factorOn);
      again();
    },
  });
  return (
    <Panel title={t.settings.secondFactor}>
      <div className="narrow">
        <Text size="sm" mb="sm">
          {isOn ? t.settings.secondFactorOn : t.settings.secondFactorOff}
        </Text>
        {begun ? (
          <Form handle={confirm} action={t.settings.turnOn} onCancel={() => setBegun(null)}>
            <Text size="sm">{t.settings.scan}</Text>
            <Group gap="xs">
              <code className="breaks">{begun.secret}</code> <Copy value={begun.secret} label={t.settings.secondFactor} />
            </Group>
            <TextInput label={t.settings.confirmCode} inputMode="numeric" autoComplete="one-time-code" required autoFocus {...confirm.text('code')} />
          </Form>
        ) : (
          <Form handle={begin} action={isOn ? t.settings.turnOff : t.settings.turnOn}>
            <PasswordInput label={t.signIn.password} autoComplete="current-password" required {...begin.text('password')} />
          </Form>
        )}
      </div>
      {codes && <SecretOnce title={t.account.codes} text={t.settings.recovery} value={codes.join('\n')} onClose={() => setCodes(null)} />}
    </Panel>
  );
}

// "Firefox on Linux", as far as a browser says so.
function browserOf(agent: string): string {
  const name = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent)?.[1];
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent)?.[1];
  return [name?.replace('Edg', 'Edge').replace('OPR', 'Opera'), system?.replace(' OS X', '')].filter(Boolean).join(' · ') || t.account.unknownBrowser;
}

function Sessions() {
  const found = useQuery(sessionsQuery);
  const refresh = () => {
    toast(t.account.ended);
    void queryClient.invalidateQueries({ queryKey: ['sessions'] });
  };
  const rows = found.data ?? [];
  return (
    <Panel
      title={t.settings.sessions}
      aside={
        rows.length > 1 && (
          <Button size="compact-sm" variant="default" onClick={() => void take(api.DELETE('/api/v1/auth/sessions')).then(refresh).catch(toastError)}>
            {t.settings.endOthers}
          </Button>
        )
      }
    >
      <ErrorBox error={found.error} />
      {rows.length > 0 && (
        <Table
          label={t.settings.sessions}
          rows={rows}
          keyOf={(one) => one.id}
          columns={[
            {
              title: t.words.name,
              kind: 'main',
              cell: (one) => (
                <>
                  {browserOf(one.user_agent)} {one.is_current && <span className="tag tag-production">{t.settings.current}</span>}
                </>
              ),
            },
            { title: t.account.from, cell: (one) => <span className="numbers">{one.address}</span> },
            { title: t.settings.lastUsed, cell: (one) => <Ago at={one.last_used_at} /> },
            {
              title: t.words.more,
              kind: 'actions',
              cell: (one) =>
                !one.is_current && (
                  <Button size="compact-sm" variant="subtle" aria-label={`${t.settings.end}: ${browserOf(one.user_agent)}`} onClick={() => void take(api.DELETE('/api/v1/auth/sessions/{id}', { params: { path: { id: one.id } } })).then(refresh).catch(toastError)}>
                    {t.settings.end}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Panel>
  );
}

export function Account({ me }: { me: Me | undefined }) {
  return (
    <>
      <Appearance />
      {me && !me.user && (
        <Alert color="indigo" variant="light">
          {t.settings.installationKey}
        </Alert>
      )}
      {me?.user && (
        <>
          <Panel title={t.settings.account}>
            <Text size="sm" mb="sm">
              {me.user.name && `${me.user.name} · `}
              {me.user.email}
            </Text>
            <PasswordForm onDone={() => toast(t.settings.passwordChanged)} />
          </Panel>
          <SecondFactor isOn={me.user.has_second_factor} />
          <Sessions />
        </>
      )}
    </>
  );
}
