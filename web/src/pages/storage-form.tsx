import { Alert, Checkbox, PasswordInput, Select, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../api/client';
import { meQuery } from '../api/queries';
import type { StorageConfig } from '../api/types';
import { t } from '../text';
import { FormDialog, useForm } from '../ui/form';
import { toast } from '../ui/toast';

type Provider = StorageConfig['provider'];

const settings = { endpoint: '', region: '', bucket: '', prefix: '', folder: '', host: '', port: '', username: '', host_key: '', public_key_pin: '', ca_certificate: '' };
const secrets = { access_key_id: '', secret_access_key: '', password: '', private_key: '', passphrase: '' };
const needs: Record<'s3' | 'sftp' | 'ftps' | 'ftp' | 'local', (keyof typeof settings | keyof typeof secrets)[]> = {
  s3: ['endpoint', 'region', 'bucket', 'prefix', 'access_key_id', 'secret_access_key'],
  sftp: ['host', 'port', 'username', 'folder', 'host_key', 'password', 'private_key', 'passphrase'],
  ftps: ['host', 'port', 'username', 'folder', 'public_key_pin', 'ca_certificate', 'password'],
  ftp: ['host', 'port', 'username', 'folder', 'password'],
  local: ['folder'],
};
const kindOf = (provider: Provider) => (provider in needs ? (provider as keyof typeof needs) : 's3');
const usualPort = { s3: 443, sftp: 22, ftps: 21, ftp: 21, local: 0 };

interface Props {
  organization: string;
  present?: StorageConfig;
  onClose: () => void;
  onDone: () => void;
}

// Only what its kind needs is asked and sent. When changing, an empty secret means the present one, and what was emptied is taken away.
export function StorageForm({ organization, present, onClose, onDone }: Props) {
  const me = useQuery(meQuery).data;
  const was = { ...settings, ...Object.fromEntries(Object.entries(present?.settings ?? {}).map(([key, value]) => [key, value === null ? '' : String(value)])) };
  const form = useForm({
    first: { name: present?.name ?? '', provider: present?.provider ?? ('s3' as Provider), isDefault: present?.is_default ?? true, pathStyle: present?.settings.path_style ?? false, encrypts: present?.encrypt_archives ?? false, ...was, ...secrets },
    send: (values) => {
      const wanted = needs[kindOf(values.provider)];
      const chosen = (of: object, keep: (key: string) => boolean) =>
        Object.fromEntries(wanted.filter((key) => key in of && keep(key)).map((key) => [key, key === 'port' ? Number(values.port) || usualPort[kindOf(values.provider)] : values[key]]));
      const body = {
        name: values.name,
        settings: {
          ...chosen(settings, (key) => values[key as keyof typeof settings] !== (present ? was[key as keyof typeof settings] : '')),
          ...(kindOf(values.provider) === 's3' && values.pathStyle !== (present?.settings.path_style ?? false) ? { path_style: values.pathStyle } : {}),
        },
        secrets: chosen(secrets, (key) => values[key as keyof typeof secrets] !== ''),
        ...(values.isDefault ? { is_default: true } : {}),
        ...(values.encrypts !== (present?.encrypt_archives ?? false) ? { encrypt_archives: values.encrypts } : {}),
      };
      return present
        ? take(api.PATCH('/api/v1/backups/storage-configs/{id}', { params: { path: { id: present.id } }, body }))
        : take(api.POST('/api/v1/backups/storage-configs', { body: { ...body, organization_id: organization, provider: values.provider } }));
    },
    onDone: (storage) => {
      toast(present ? t.storage.changed(storage.name) : t.storage.added(storage.name));
      onDone();
      onClose();
    },
  });
  const { values, change, text } = form;
  const kind = kindOf(values.provider);
  const providers = (Object.keys(t.storage.providers) as Provider[]).filter((one) => one !== 'local' || me?.is_installation_admin);
  const setting = (key: keyof typeof settings) => text(key, `/settings/${key}`);
  const secret = (key: keyof typeof secrets) => ({ ...text(key, `/secrets/${key}`), autoComplete: 'off' });
  return (
    <FormDialog handle={form} title={present ? `${t.storage.edit}: ${present.name}` : t.storage.add} intro={present && t.storage.secretsKept} action={present ? t.words.save : t.storage.add} onClose={onClose} size="lg">
      <div className="fields">
        <TextInput label={t.words.name} required data-autofocus {...text('name')} />
        <Select
          label={t.storage.provider}
          data={providers.map((value) => ({ value, label: t.storage.providers[value] }))}
          value={values.provider}
          disabled={!!present}
          allowDeselect={false}
          error={form.fault('/provider')}
          onChange={(provider) => change({ provider: provider as Provider })}
        />
      </div>
      {kind === 's3' && (
        <>
          <TextInput label={t.storage.endpoint} description={t.storage.endpointHint} {...setting('endpoint')} />
          <div className="fields">
            <TextInput label={t.storage.bucket} {...setting('bucket')} />
            <TextInput label={t.storage.region} {...setting('region')} />
            <TextInput label={t.storage.prefix} {...setting('prefix')} />
          </div>
          <div className="fields">
            <TextInput label={t.storage.accessKey} {...secret('access_key_id')} />
            <PasswordInput label={t.storage.secretKey} {...secret('secret_access_key')} />
          </div>
          <Checkbox label={t.storage.pathStyle} checked={values.pathStyle} onChange={(event) => change({ pathStyle: event.currentTarget.checked })} />
        </>
      )}
      {kind === 'sftp' && (
        <>
          <div className="fields">
            <TextInput label={t.storage.host} {...setting('host')} />
            <TextInput label={t.storage.port} inputMode="numeric" placeholder="22" {...setting('port')} />
            <TextInput label={t.storage.user} {...setting('username')} />
          </div>
          <TextInput label={t.storage.hostKey} description={t.storage.hostKeyHint} placeholder="SHA256:…" {...setting('host_key')} />
          <TextInput label={t.storage.folder} description={t.storage.folderHint} {...setting('folder')} />
          <PasswordInput label={t.storage.password} {...secret('password')} />
          <Textarea label={t.storage.privateKey} description={t.storage.privateKeyHint} autosize={false} rows={3} {...secret('private_key')} />
          <PasswordInput label={t.storage.passphrase} {...secret('passphrase')} />
        </>
      )}
      {(kind === 'ftps' || kind === 'ftp') && (
        <>
          {kind === 'ftp' && <Alert color="red">{t.storage.insecure}</Alert>}
          <div className="fields">
            <TextInput label={t.storage.host} {...setting('host')} />
            <TextInput label={t.storage.port} inputMode="numeric" placeholder="21" {...setting('port')} />
            <TextInput label={t.storage.user} {...setting('username')} />
          </div>
          <TextInput label={t.storage.folder} description={t.storage.folderHint} {...setting('folder')} />
          {kind === 'ftps' && (
            <>
              <TextInput label={t.storage.keyPin} description={t.storage.keyPinHint} placeholder="sha256//…" {...setting('public_key_pin')} />
              <Textarea label={t.storage.authorities} description={t.storage.authoritiesHint} autosize={false} rows={3} {...setting('ca_certificate')} />
            </>
          )}
          <PasswordInput label={t.storage.password} {...secret('password')} />
        </>
      )}
      {kind === 'local' && <TextInput label={t.storage.folder} description={t.storage.folderHint} {...setting('folder')} />}
      <Checkbox label={t.storage.encrypt} description={t.storage.encryptHint} checked={values.encrypts} onChange={(event) => change({ encrypts: event.currentTarget.checked })} />
      {!present?.is_default && <Checkbox label={t.storage.makeDefault} checked={values.isDefault} onChange={(event) => change({ isDefault: event.currentTarget.checked })} />}
    </FormDialog>
  );
}
