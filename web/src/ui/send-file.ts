import { ApiError, api, authHeaders, take } from '../api/client';
import type { Backup, Problem, Upload } from '../api/types';

// The calls of an upload; `send` fails where the line breaks, and all stop with the signal.
export interface Line {
  list(): Promise<Upload[]>;
  begin(file: File, projectId: string | null): Promise<Upload>;
  offsetOf(id: string): Promise<number>;
  send(id: string, offset: number, rest: Blob, onSent: (sent: number) => void, signal: AbortSignal): Promise<void>;
  complete(id: string): Promise<Backup>;
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface Watcher {
  onSent: (sent: number) => void;
  onLine: (isUp: boolean, problem?: unknown) => void; // what brought it down
  signal: AbortSignal;
}

// Tells a file from others of its name that were changed since.
export const fingerprintOf = (file: File) => `${file.size}-${file.lastModified}`;

export const isOf = (upload: Upload, file: File, projectId: string | null) =>
  upload.file_name === file.name &&
  upload.total_bytes === file.size &&
  upload.fingerprint === fingerprintOf(file) &&
  (projectId === null || upload.project_id === projectId);

// What the server answers to a line that fell silent in the middle of a body.
const isStalled = (problem: ApiError) => problem.code === 'malformed_request';
// Refused, and would be again. Anything else may be the line, the server's restart, or a proxy.
const isFinal = (problem: unknown) =>
  problem instanceof ApiError && !isStalled(problem) && ((problem.status >= 400 && problem.status < 500 && ![408, 409, 429].includes(problem.status)) || problem.status === 507);
const isConflict = (problem: unknown) => problem instanceof ApiError && problem.status === 409;
const mostConflicts = 5;
const longestPause = 30_000;

// Sends a file from where an earlier upload of it was left, over as many lines as it takes: as long as the page is open. null when
// it was stopped.
export async function sendFile(file: File, projectId: string | null, line: Line, { onSent, onLine, signal }: Watcher): Promise<Backup | null> {
  const found = (await line.list()).find((one) => isOf(one, file, projectId));
  const upload = found ?? (await line.begin(file, projectId));
  let offset = upload.offset;
  let conflicts = 0;
  let pause = 500;
  // Again and again until it is answered.
  const persist = async <T>(call: () => Promise<T>): Promise<T | null> => {
    while (!signal.aborted) {
      try {
        return await call();
      } catch (problem) {
        if (signal.aborted) return null;
        if (isFinal(problem) || isConflict(problem)) throw problem;
        onLine(false, problem);
        await line.pause(pause, signal);
        pause = Math.min(pause * 2, longestPause);
      }
    }
    return null;
  };
  while (offset < file.size && !signal.aborted) {
    onSent(offset);
    try {
      await line.send(upload.id, offset, file.slice(offset), (sent) => onSent(offset + sent), signal);
      offset = file.size;
    } catch (problem) {
      if (signal.aborted) return null;
      if (isFinal(problem)) throw problem;
      if (isConflict(problem) && ++conflicts === mostConflicts) throw problem;
      onLine(false, problem);
      if (!isConflict(problem)) await line.pause(pause, signal);
      const before = offset;
      offset = (await persist(() => line.offsetOf(upload.id))) ?? offset;
      if (offset > before) conflicts = 0;
      pause = offset > before ? 500 : Math.min(pause * 2, longestPause);
    }
    onLine(true);
  }
  return persist(() => line.complete(upload.id));
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

// XMLHttpRequest, as fetch does not tell how much has been sent.
function patch(id: string, offset: number, rest: Blob, onSent: (sent: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error('stopped'));
    const request = new XMLHttpRequest();
    request.open('PATCH', `/api/v1/backups/uploads/${id}`);
    for (const [name, value] of Object.entries(authHeaders('PATCH'))) request.setRequestHeader(name, value);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('Upload-Offset', String(offset));
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => (request.status < 300 ? resolve() : reject(problemOf(request)));
    request.onerror = request.onabort = () => reject(new Error('offline'));
    const stop = () => request.abort();
    signal.addEventListener('abort', stop, { once: true });
    request.onloadend = () => signal.removeEventListener('abort', stop);
    request.send(rest);
  });
}

export const serverLine: Line = {
  list: async () => (await take(api.GET('/api/v1/backups/uploads', { params: { query: { page_size: 100 } } }))).items,
  begin: (file, projectId) =>
    take(
      api.POST('/api/v1/backups/uploads', {
        params: {},
        body: {
          file_name: file.name.slice(0, 300),
          name: file.name.slice(0, 200),
          total_bytes: file.size,
          fingerprint: fingerprintOf(file),
          ...(projectId ? { project_id: projectId } : {}),
        },
      }),
    ),
  offsetOf: async (id) => (await take(api.GET('/api/v1/backups/uploads/{id}', { params: { path: { id } } }))).offset,
  send: patch,
  complete: (id) => take(api.POST('/api/v1/backups/uploads/{id}/complete', { params: { path: { id } } })),
  pause: (milliseconds, signal) =>
    new Promise((resolve) => {
      const now = () => {
        clearTimeout(timer);
        window.removeEventListener('online', now);
        signal.removeEventListener('abort', now);
        resolve();
      };
      const timer = setTimeout(now, milliseconds);
      window.addEventListener('online', now, { once: true });
      signal.addEventListener('abort', now, { once: true });
    }),
};
