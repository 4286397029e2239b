import { Button, Group, Modal, Progress, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, api } from '../api/client';
import { meQuery, projectsQuery, queryClient, uploadsQuery } from '../api/queries';
import { may } from '../api/rights';
import type { Backup } from '../api/types';
import { bytes, duration } from '../format';
import { t } from '../text';
import { ErrorBox } from './bits';
import { useFileDrop } from './file-drop';
import { Icon } from './icons';
import { ImportFromUrl } from './import-url';
import { sendFile, serverLine } from './send-file';
import { toast } from './toast';

interface Upload {
  name: string;
  size: number;
  sent: number;
  began: number;
  first: number; // bytes that were there before
  isUp: boolean; // the line
  problem?: unknown; // why it is not
}

// One upload at a time, with how far it is.
function useUpload(onDone: (backup: Backup) => void) {
  const [upload, setUpload] = useState<Upload | null>(null);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef(new AbortController());
  const begin = async (file: File, projectId: string | null) => {
    if (upload) return;
    setError(null);
    setUpload({ name: file.name, size: file.size, sent: 0, began: Date.now(), first: -1, isUp: true });
    stop.current = new AbortController();
    const change = (news: (old: Upload) => Partial<Upload>) => setUpload((old) => old && { ...old, ...news(old) });
    try {
      const backup = await sendFile(file, projectId, serverLine, {
        onSent: (sent) => change((old) => ({ sent, first: old.first < 0 ? sent : old.first })),
        onLine: (isUp, problem) => change(() => ({ isUp, problem })),
        signal: stop.current.signal,
      });
      if (backup) onDone(backup);
      else toast(t.import.stopped);
      void queryClient.invalidateQueries({ queryKey: ['backups'] });
    } catch (problem) {
      setError(problem);
    }
    void queryClient.invalidateQueries(uploadsQuery);
    setUpload(null);
  };
  return { upload, error, begin, stop: () => stop.current.abort() };
}

function Uploading({ upload, onStop }: { upload: Upload; onStop: () => void }) {
  const seconds = (Date.now() - upload.began) / 1000;
  const came = upload.sent - Math.max(0, upload.first);
  const left = came > 0 && seconds > 1 ? ((upload.size - upload.sent) * seconds) / came : null;
  return (
    <>
      <Text size="sm" className="breaks">
        {t.import.uploading(upload.name)}
      </Text>
      <Progress value={(upload.sent / Math.max(1, upload.size)) * 100} aria-label={t.import.uploading(upload.name)} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed" className="numbers">
          {t.words.of(bytes(upload.sent), bytes(upload.size))} {upload.isUp ? left !== null && `· ${t.import.left(duration(Math.round(left)))}` : `· ${t.errors.reconnecting}`}
        </Text>
        <Button size="xs" variant="default" onClick={onStop}>
          {t.import.stop}
        </Button>
      </Group>
      {!upload.isUp && upload.problem instanceof ApiError && (
        <Text lang="en" size="sm" c="dimmed" className="breaks">
          {upload.problem.message}
        </Text>
      )}
    </>
  );
}

// What was begun and not ended, in this browser or elsewhere.
function Unfinished() {
  const uploads = useQuery(uploadsQuery).data?.items ?? [];
  const [problem, setProblem] = useState<unknown>(null);
  const giveUp = async (id: string) => {
    setProblem(null);
    try {
      await api.DELETE('/api/v1/backups/uploads/{id}', { params: { path: { id } } });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) setProblem(error); // else somebody else gave it up
    }
    void queryClient.invalidateQueries(uploadsQuery);
  };
  const rows = uploads.map((one) => (
    <Group key={one.id} justify="space-between" wrap="nowrap">
      <Text size="sm" className="breaks">
        {t.import.unfinished(one.file_name, t.words.of(bytes(one.offset), bytes(one.total_bytes)))}
      </Text>
      <Button size="xs" variant="default" onClick={() => void giveUp(one.id)} aria-label={`${t.import.giveUp}: ${one.file_name}`}>
        {t.import.giveUp}
      </Button>
    </Group>
  ));
  return (
    <>
      {rows}
      <ErrorBox error={problem} />
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
              <>
                <Unfinished />
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
              </>
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
