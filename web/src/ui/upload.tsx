import { Button, Group, Modal, Progress, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, authHeaders } from '../api/client';
import { meQuery, projectsQuery, queryClient } from '../api/queries';
import { may } from '../api/rights';
import type { Backup, Problem } from '../api/types';
import { bytes, duration } from '../format';
import { t } from '../text';
import { ErrorBox } from './bits';
import { useFileDrop } from './file-drop';
import { Icon } from './icons';
import { ImportFromUrl } from './import-url';
import { toast } from './toast';

interface Upload {
  name: string;
  size: number;
  sent: number;
  began: number;
}

function problemOf(request: XMLHttpRequest): ApiError {
  let problem: Partial<Problem> = {};
  try {
    problem = JSON.parse(request.responseText) as Partial<Problem>;
  } catch {
    // Not the server's own answer: a proxy's, or none.
  }
  return new ApiError(request.status, problem.code ?? 'unknown', problem.detail ?? `The server answered ${request.status}.`, problem.hint);
}

// XMLHttpRequest, as fetch does not tell how much has been sent. null when it was stopped.
function send(file: File, projectId: string | null, onSent: (sent: number) => void): { done: Promise<Backup | null>; stop: () => void } {
  const request = new XMLHttpRequest();
  const query = new URLSearchParams({ name: file.name.slice(0, 200), ...(projectId ? { project_id: projectId } : {}) });
  const done = new Promise<Backup | null>((resolve, reject) => {
    request.open('POST', `/api/v1/backups/import?${query}`);
    for (const [name, value] of Object.entries(authHeaders('POST'))) request.setRequestHeader(name, value);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => (request.status < 300 ? resolve(JSON.parse(request.responseText) as Backup) : reject(problemOf(request)));
    request.onerror = () => reject(new Error('offline'));
    request.onabort = () => resolve(null);
    request.send(file);
  });
  return { done, stop: () => request.abort() };
}

// One upload at a time, with how far it is.
function useUpload(onDone: (backup: Backup) => void) {
  const [upload, setUpload] = useState<Upload | null>(null);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef<() => void>(() => {});
  const begin = async (file: File, projectId: string | null) => {
    if (upload) return;
    setError(null);
    setUpload({ name: file.name, size: file.size, sent: 0, began: Date.now() });
    const sending = send(file, projectId, (sent) => setUpload((old) => old && { ...old, sent }));
    stop.current = sending.stop;
    try {
      const backup = await sending.done;
      if (backup) onDone(backup);
      else toast(t.import.stopped);
      void queryClient.invalidateQueries({ queryKey: ['backups'] });
    } catch (problem) {
      setError(problem);
    }
    setUpload(null);
  };
  return { upload, error, begin, stop: () => stop.current() };
}

function Uploading({ upload, onStop }: { upload: Upload; onStop: () => void }) {
  const seconds = (Date.now() - upload.began) / 1000;
  const left = upload.sent > 0 && seconds > 1 ? ((upload.size - upload.sent) * seconds) / upload.sent : null;
  return (
    <>
      <Text size="sm" className="breaks">
        {t.import.uploading(upload.name)}
      </Text>
      <Progress value={(upload.sent / Math.max(1, upload.size)) * 100} aria-label={t.import.uploading(upload.name)} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed" className="numbers">
          {t.words.of(bytes(upload.sent), bytes(upload.size))} {left !== null && `· ${t.import.left(duration(Math.round(left)))}`}
        </Text>
        <Button size="xs" variant="default" onClick={onStop}>
          {t.import.stop}
        </Button>
      </Group>
    </>
  );
}

interface Props {
  file?: File | null; // begins at once
  onClose: () => void;
  projectId?: string; // undefined: asked for where there are several
}

export function ImportDialog({ file, onClose, projectId }: Props) {
  const me = useQuery(meQuery).data;
  const projects = (useQuery(projectsQuery).data ?? []).filter((one) => may(me, 'project.backups.create', one.id));
  const [chosen, setChosen] = useState<string | null>(null);
  const [from, setFrom] = useState('file');
  const project = projectId ?? chosen;
  const end = (text: string, backup: Backup) => {
    toast(text, { to: backup.task_id ? `/tasks/${backup.task_id}` : undefined });
    onClose();
  };
  const { upload, error, begin, stop } = useUpload((backup) => end(t.import.done, backup));
  const take = useCallback((picked: File | undefined) => void (picked && begin(picked, project)), [begin, project]);
  const begun = useRef(false);
  useEffect(() => {
    if (!file || begun.current) return;
    begun.current = true;
    take(file);
  }, [file, take]);
  const over = useFileDrop(take, !upload);
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <Modal opened onClose={() => !upload && onClose()} title={t.import.title}>
      <Stack>
        {upload ? (
          <Uploading upload={upload} onStop={stop} />
        ) : (
          <>
            {!projectId && projects.length > 1 && (
              <Select label={t.import.project} data={projects.map((one) => ({ value: one.id, label: one.name }))} value={chosen} clearable onChange={setChosen} />
            )}
            <SegmentedControl
              aria-label={t.import.from}
              value={from}
              onChange={setFrom}
              data={[
                { value: 'file', label: t.import.fromFile },
                { value: 'url', label: t.import.fromUrl },
              ]}
            />
            {from === 'url' ? (
              <ImportFromUrl projectId={project} onDone={(backup) => end(t.import.fetching, backup)} />
            ) : (
              <div className={over ? 'drop drop-over' : 'drop'}>
                <Icon name="upload" size={28} />
                <strong>{t.import.drop}</strong>
                <Text size="sm" c="dimmed">
                  {t.import.hint}
                </Text>
                <Button variant="default" onClick={() => chooser.current?.click()} data-autofocus>
                  {t.import.choose}
                </Button>
                <input ref={chooser} type="file" hidden aria-label={t.import.choose} onChange={(event) => take(event.currentTarget.files?.[0])} />
              </div>
            )}
          </>
        )}
        <ErrorBox error={error} />
      </Stack>
    </Modal>
  );
}

// The button, and a whole page onto which an archive can be dropped.
export function Import({ projectId, quiet }: { projectId?: string; quiet?: boolean }) {
  const me = useQuery(meQuery).data;
  const mayImport = may(me, 'project.backups.create', projectId);
  const [wish, setWish] = useState<{ file?: File } | null>(null);
  const take = useCallback((file: File) => setWish({ file }), []);
  const over = useFileDrop(take, mayImport && wish === null);
  if (!mayImport) return null;
  return (
    <>
      <Button variant={quiet ? 'default' : 'filled'} leftSection={<Icon name="upload" size={16} />} onClick={() => setWish({})}>
        {t.backups.import}
      </Button>
      {over && (
        <div className="drop-page" aria-hidden="true">
          <Icon name="upload" size={40} />
          <strong>{t.import.dropAnywhere}</strong>
        </div>
      )}
      {wish && <ImportDialog file={wish.file} onClose={() => setWish(null)} projectId={projectId} />}
    </>
  );
}
