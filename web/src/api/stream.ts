import { authHeaders } from './client';
import { SseParser } from './sse';
import type { TaskEvent } from './types';

export interface NumberedEvent extends TaskEvent {
  seq: number;
  type: string;
}

export type StreamState = 'connecting' | 'live' | 'waiting' | 'ended' | 'refused';

interface Wish {
  path: string;
  after?: number;
  onEvent: (event: NumberedEvent) => void;
  onState?: (state: StreamState) => void;
}

const silence = 45_000; // the server's heartbeat comes every 15 s
const pauses = [500, 1000, 2000, 4000, 8000];

// Follows events until the stream ends or the returned function is called. A broken line is taken up again behind the
// last event that was seen. (An EventSource could send neither a token nor tell a refusal from a broken line.)
export function follow(wish: Wish): () => void {
  const stop = new AbortController();
  let last = wish.after;
  let failures = 0;

  async function once(): Promise<boolean> {
    const line = new AbortController();
    const quit = () => line.abort();
    stop.signal.addEventListener('abort', quit);
    let watch = setTimeout(quit, silence);
    try {
      const headers: Record<string, string> = { ...authHeaders(), Accept: 'text/event-stream' };
      if (last !== undefined) headers['Last-Event-ID'] = String(last);
      const response = await fetch(wish.path, { headers, signal: line.signal, cache: 'no-store' });
      if (response.status === 204) return true;
      if (response.status >= 400 && response.status < 500 && response.status !== 429) {
        wish.onState?.('refused');
        return true;
      }
      if (!response.ok || !response.body) throw new Error(String(response.status));
      wish.onState?.('live');
      failures = 0;
      const parser = new SseParser();
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return false;
        clearTimeout(watch);
        watch = setTimeout(quit, silence);
        for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
          last = Number(event.id);
          wish.onEvent({ ...(JSON.parse(event.data) as TaskEvent), seq: last, type: event.type });
        }
      }
    } finally {
      clearTimeout(watch);
      stop.signal.removeEventListener('abort', quit);
    }
  }

  async function run() {
    while (!stop.signal.aborted) {
      wish.onState?.('connecting');
      const ended = await once().catch(() => false);
      if (stop.signal.aborted) return;
      if (ended) {
        wish.onState?.('ended');
        return;
      }
      wish.onState?.('waiting');
      const pause = pauses[Math.min(failures++, pauses.length - 1)]!;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  void run();
  return () => stop.abort();
}
