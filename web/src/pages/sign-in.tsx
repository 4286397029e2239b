import { Alert, Button, Group, PasswordInput, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, api, credentials, take } from '../api/client';
import { chooseLanguage, language, languages, t } from '../text';
import { ErrorBox } from '../ui/bits';

function ByPassword({ onSignedIn }: { onSignedIn: () => void }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const signIn = useMutation({
    mutationFn: () =>
      take(api.POST('/api/v1/auth/login', { body: { email, password, ...(code ? { totp_code: code.trim() } : {}) } })),
    onSuccess: (signed) => {
      credentials.useToken(null);
      credentials.useCsrf(signed.csrf_token);
      onSignedIn();
    },
  });
  const asksCode = code !== '' || (signIn.error instanceof ApiError && signIn.error.code === 'second_factor_required');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        signIn.mutate();
      }}
    >
      <Stack>
        <TextInput label={t.signIn.email} type="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
        <PasswordInput
          label={t.signIn.password}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {asksCode && (
          <TextInput
            label={t.signIn.code}
            description={t.signIn.codeHint}
            autoComplete="one-time-code"
            inputMode="numeric"
            autoFocus
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        )}
        <ErrorBox error={asksCode && !code ? null : signIn.error} />
        <Button type="submit" loading={signIn.isPending}>
          {t.signIn.submit}
        </Button>
      </Stack>
    </form>
  );
}

function ByToken({ onSignedIn }: { onSignedIn: () => void }) {
  const [token, setToken] = useState('');
  const signIn = useMutation({
    mutationFn: async () => {
      credentials.useToken(token.trim());
      await take(api.GET('/api/v1/auth/me'));
    },
    onSuccess: onSignedIn,
    onError: () => credentials.useToken(null),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        signIn.mutate();
      }}
    >
      <Stack>
        <PasswordInput
          label={t.signIn.token}
          description={t.signIn.tokenHint}
          autoComplete="off"
          required
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <ErrorBox error={signIn.error} />
        <Button type="submit" loading={signIn.isPending}>
          {t.signIn.submit}
        </Button>
      </Stack>
    </form>
  );
}

// The provider's own sign-in is another site: a link, not a call.
function ByProvider() {
  const provider = useQuery({ queryKey: ['sign-in-provider'], queryFn: () => take(api.GET('/api/v1/auth/oidc')), staleTime: Infinity });
  if (!provider.data?.start || !provider.data.name) return null;
  return (
    <>
      <Button component="a" href={provider.data.start} variant="default" fullWidth>
        {t.signIn.withProvider(provider.data.name)}
      </Button>
      <Text c="dimmed" size="sm" ta="center">
        {t.signIn.or}
      </Text>
    </>
  );
}

export function SignIn({ expired, onSignedIn }: { expired: boolean; onSignedIn: () => void }) {
  const [way, setWay] = useState<string>('password');
  return (
    <main className="alone">
      <div className="sign-in">
        <img src="/icon.svg" alt="" width={40} height={40} />
        <Title order={1}>Reprise</Title>
        <Text c="dimmed">{t.signIn.intro}</Text>
        {expired && (
          <Alert color="orange" variant="light" role="status">
            {t.signIn.expired}
          </Alert>
        )}
        <ByProvider />
        <SegmentedControl
          fullWidth
          aria-label={t.signIn.title}
          value={way}
          onChange={setWay}
          data={[
            { value: 'password', label: t.signIn.withPassword },
            { value: 'token', label: t.signIn.withToken },
          ]}
        />
        {way === 'password' ? <ByPassword onSignedIn={onSignedIn} /> : <ByToken onSignedIn={onSignedIn} />}
        <Group justify="center" gap="xs">
          {languages
            .filter((one) => one.value !== language)
            .map((one) => (
              <Button key={one.value} lang={one.value} variant="subtle" color="gray" size="compact-sm" onClick={() => chooseLanguage(one.value)}>
                {one.label}
              </Button>
            ))}
        </Group>
      </div>
    </main>
  );
}

export function PasswordForm({ onDone }: { onDone: () => void }) {
  const [password, setPassword] = useState('');
  const [fresh, setFresh] = useState('');
  const change = useMutation({
    mutationFn: () => api.POST('/api/v1/auth/password', { body: { password, new_password: fresh } }),
    onSuccess: () => {
      setPassword('');
      setFresh('');
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <Stack maw={380}>
        <PasswordInput
          label={t.settings.oldPassword}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <PasswordInput label={t.settings.newPassword} autoComplete="new-password" required value={fresh} onChange={(event) => setFresh(event.currentTarget.value)} />
        <ErrorBox error={change.error} />
        <Button type="submit" loading={change.isPending}>
          {t.settings.password}
        </Button>
      </Stack>
    </form>
  );
}

export function ChoosePassword({ onDone }: { onDone: () => void }) {
  return (
    <main className="alone">
      <div className="sign-in">
        <Title order={1}>{t.signIn.choosePassword}</Title>
        <Text c="dimmed">{t.signIn.choosePasswordHint}</Text>
        <PasswordForm onDone={onDone} />
      </div>
    </main>
  );
}
