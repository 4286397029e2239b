import { Select, Text, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { meQuery } from '../api/queries';
import { chooseLanguage, language, languages, t } from '../text';
import { PageHead, Panel } from '../ui/bits';
import { toast } from '../ui/toast';
import { PasswordForm } from './sign-in';

export function Settings() {
  const me = useQuery(meQuery).data;
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <PageHead title={t.settings.title} />
      <Panel title={t.settings.appearance}>
        <div className="fields">
          <Select
            label={t.nav.scheme}
            allowDeselect={false}
            data={[
              { value: 'auto', label: t.nav.system },
              { value: 'light', label: t.nav.light },
              { value: 'dark', label: t.nav.dark },
            ]}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as 'auto' | 'light' | 'dark')}
          />
          {languages.length > 1 && (
            <Select label={t.settings.language} allowDeselect={false} data={languages} value={language} onChange={(value) => value && chooseLanguage(value)} />
          )}
        </div>
        <Text size="sm" c="dimmed" mt="sm">
          {t.settings.timeZone}: {Intl.DateTimeFormat().resolvedOptions().timeZone}
        </Text>
      </Panel>
      <Panel title={t.settings.account}>
        {me?.user ? <PasswordForm onDone={() => toast(t.settings.passwordChanged)} /> : <Text size="sm">{t.settings.installationKey}</Text>}
      </Panel>
    </>
  );
}
