import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/client';
import type { Backup, Upload } from '../api/types';
import { fingerprintOf, type Line, sendFile } from './send-file';

const file = new File(['0123456789'], 'shop.zip', { lastModified: 7 });

// A server that keeps what comes; `breaks` are how many bytes come before each line breaks.
function serverWith(breaks: number[], kept = '', others: Partial<Upload> = {}) {
  const told: string[] = [];
  const state = { kept, told, begun: 0 };
  const upload = () =>
    ({ id: 'u', file_name: file.name, total_bytes: file.size, fingerprint: fingerprintOf(file), project_id: 'p', offset: state.kept.length, ...others }) as Upload;
  const line: Line = {
    list: async () => (kept ? [upload()] : []),
    begin: async () => (state.begun++, (others = {}), (state.kept = ''), upload()),
    offsetOf: async () => state.kept.length,
    send: async (_id, offset, rest, onSent) => {
      told.push(`send ${offset}`);
      const bytes = await rest.text();
      const breakAfter = breaks.shift();
      state.kept += bytes.slice(0, breakAfter);
      onSent(breakAfter ?? bytes.length);
      if (breakAfter !== undefined) throw new Error('offline');
    },
    complete: async () => ({ id: 'u' }) as Backup,
    pause: async (milliseconds) => void told.push(`pause ${milliseconds}`),
  };
  return { line, state };
}

const watch = (sent: number[] = [], signal = new AbortController().signal) => ({ onSent: (now: number) => void sent.push(now), onLine: () => {}, signal });

describe('sendFile', () => {
  it('sends the file in one go where the line holds', async () => {
    const { line, state } = serverWith([]);
    expect(await sendFile(file, 'p', line, watch())).toEqual({ id: 'u' });
    expect(state).toMatchObject({ kept: '0123456789', told: ['send 0'], begun: 1 });
  });

  it('goes on by itself where the line broke', async () => {
    const { line, state } = serverWith([4, 0, 3]);
    const sent: number[] = [];
    await sendFile(file, 'p', line, watch(sent));
    expect(state.kept).toBe('0123456789');
    expect(state.told).toEqual(['send 0', 'pause 500', 'send 4', 'pause 500', 'send 4', 'pause 1000', 'send 7']);
    expect(sent.at(-1)).toBe(10);
  });

  it('goes on with what was left when the same file is chosen again', async () => {
    const { line, state } = serverWith([], '012345');
    await sendFile(file, null, line, watch());
    expect(state).toMatchObject({ kept: '0123456789', told: ['send 6'], begun: 0 });
  });

  it('begins anew with a file that was changed, or for another project', async () => {
    for (const others of [{ fingerprint: '10-8' }, { project_id: 'q' }]) {
      const { line, state } = serverWith([], 'xxxx', others);
      await sendFile(file, 'p', line, watch());
      expect(state).toMatchObject({ kept: '0123456789', begun: 1 });
    }
  });

  it('tells a refusal at once', async () => {
    const { line } = serverWith([]);
    line.send = async () => Promise.reject(new ApiError(507, 'no_space', 'full'));
    await expect(sendFile(file, 'p', line, watch())).rejects.toThrow('full');
  });

  it('leaves the upload to the other who sends it', async () => {
    const { line, state } = serverWith([]);
    line.send = async (_id, offset) => {
      state.told.push(`send ${offset}`);
      throw new ApiError(409, 'conflict', 'another request goes on');
    };
    await expect(sendFile(file, 'p', line, watch())).rejects.toThrow('another request');
    expect(state.told.length).toBe(5);
  });

  it('goes on after a line that fell silent, as the server ends it with an answer', async () => {
    const { line, state } = serverWith([], '');
    const { send } = line;
    let first = true;
    line.send = async (...all) => {
      if (!first) return send(...all);
      first = false;
      throw new ApiError(400, 'malformed_request', 'the upload broke off: send it again');
    };
    await sendFile(file, 'p', line, watch());
    expect(state.kept).toBe('0123456789');
  });

  it('forgets conflicts once the upload has moved', async () => {
    const { line, state } = serverWith([1, 1, 1, 1, 1, 1]);
    const { send } = line;
    line.send = (...all) =>
      send(...all).catch(() => {
        throw new ApiError(409, 'conflict', 'another request goes on');
      });
    await sendFile(file, 'p', line, watch());
    expect(state.kept).toBe('0123456789');
  });

  it('tells why it waits', async () => {
    const { line } = serverWith([]);
    const { send } = line;
    const away = new ApiError(503, 'storage_failed', 'the storage does not answer');
    let first = true;
    line.send = async (...all) => {
      if (!first) return send(...all);
      first = false;
      throw away;
    };
    const told: unknown[] = [];
    await sendFile(file, 'p', line, { ...watch(), onLine: (isUp, problem) => void told.push([isUp, problem]) });
    expect(told).toEqual([
      [false, away],
      [true, undefined],
      [true, undefined],
    ]);
  });

  it('waits no longer once it is stopped while it asks', async () => {
    const { line, state } = serverWith([3]);
    const stop = new AbortController();
    line.offsetOf = async () => {
      stop.abort();
      throw new Error('offline');
    };
    expect(await sendFile(file, 'p', line, watch([], stop.signal))).toBeNull();
    expect(state.told).toEqual(['send 0', 'pause 500']);
  });

  it('stops when it is told to', async () => {
    const { line } = serverWith([3]);
    const stop = new AbortController();
    line.pause = async () => stop.abort();
    expect(await sendFile(file, 'p', line, watch([], stop.signal))).toBeNull();
  });
});
