import { Button, Group, Modal, Progress, Stack, Text } from '@mantine/core';
import { type DragEvent, useRef, useState } from 'react';
import { ApiError, authHeaders } from '../api/client';
import { queryClient } from '../api/queries';
import { bytes, duration } from '../format';
import { t } from '../text';
import { ErrorBox } from './bits';
import { Icon } from './icons';
import { toast } from './toast';

interface Upload {
  name: string;
  size: number;
  sent: number;
  began: number;
}

// XMLHttpRequest, as fetch does not tell how much has been sent.
function send(file: File, projectId: string | undefined, onSent: (sent: number) => void): { done: Promise<void>; stop: () => void } {
  const request = new XMLHttpRequest();
  const query = new URLSearchParams({ name: file.name.slice(0, 200), ...(projectId ? { project_id: projectId } : {}) });
  const done = new Promise<void>((resolve, reject) => {
    request.open('POST', `/api/v1/backups/import?${query}`);
    for (const [name, value] of Object.entries(authHeaders('POST'))) request.setRequestHeader(name, value);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      if (request.status < 300) return resolve();
      const problem = JSON.parse(request.responseText || '{}') as { code?: string; detail?: string; hint?: string };
      reject(new ApiError(request.status, problem.code ?? '', problem.detail ?? String(request.status), problem.hint));
    };
    request.onerror = () => reject(new Error('offline'));
    request.onabort = () => resolve();
    request.send(file);
  });
  return { done, stop: () => request.abort() };
}

export function ImportDialog({ opened, onClose, projectId }: { opened: boolean; onClose: () => void; projectId?: string }) {
  const [upload, setUpload] = useState<Upload | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [over, setOver] = useState(false);
  const stop = useRef<() => void>(() => {});
  const chooser = useRef<HTMLInputElement>(null);
  const begin = async (file: File | undefined) => {
    if (!file || upload) return;
    setError(null);
    setUpload({ name: file.name, size: file.size, sent: 0, began: Date.now() });
    let stopped = false;
    const sending = send(file, projectId, (sent) => setUpload((old) => old && { ...old, sent }));
    stop.current = () => {
      stopped = true;
      sending.stop();
    };
    try {
      await sending.done;
      if (!stopped) {
        toast(t.import.done);
        onClose();
      }
      void queryClient.invalidateQueries({ queryKey: ['backups'] });
    } catch (problem) {
      setError(problem);
    }
    setUpload(null);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void begin(event.dataTransfer.files[0]);
  };
  const seconds = upload ? (Date.now() - upload.began) / 1000 : 0;
  const left = upload && upload.sent > 0 && seconds > 1 ? ((upload.size - upload.sent) * seconds) / upload.sent : null;
  return (
    <Modal opened={opened} onClose={() => !upload && onClose()} title={t.import.title}>
      <Stack>
        {upload ? (
          <>
            <Text size="sm">{t.import.uploading(upload.name)}</Text>
            <Progress value={(upload.sent / Math.max(1, upload.size)) * 100} aria-label={t.import.uploading(upload.name)} />
            <Group justify="space-between">
              <Text size="sm" c="dimmed" className="numbers">
                {t.words.of(bytes(upload.sent), bytes(upload.size))} {left !== null && `· ${t.import.left(duration(left))}`}
              </Text>
              <Button size="xs" variant="default" onClick={() => stop.current()}>
                {t.import.stop}
              </Button>
            </Group>
          </>
        ) : (
          <div
            className={over ? 'drop drop-over' : 'drop'}
            onDragOver={(event) => {
              event.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={drop}
          >
            <Icon name="upload" size={28} />
            <strong>{t.import.drop}</strong>
            <Text size="sm" c="dimmed">
              {t.import.hint}
            </Text>
            <Button variant="default" onClick={() => chooser.current?.click()} data-autofocus>
              {t.import.choose}
            </Button>
            <input ref={chooser} type="file" hidden aria-label={t.import.choose} onChange={(event) => void begin(event.currentTarget.files?.[0])} />
          </div>
        )}
        <ErrorBox error={error} />
      </Stack>
    </Modal>
  );
}
