import type { TaskEvent } from '../api/types';

// How far a step had come at a time.
export interface Sample {
  at: number; // ms
  step: string;
  percent: number;
}

// Of a task's event; null when it says nothing of bytes that are moved.
export function sampleOf(event: TaskEvent & { type: string }, sizes: Record<string, number>): Sample | null {
  if (!(event.step in sizes)) return null;
  const at = new Date(event.at).getTime();
  if (event.type === 'task.progress' && event.step_percent !== undefined) return { at, step: event.step, percent: event.step_percent };
  if (event.type === 'task.step' && event.state === 'done') return { at, step: event.step, percent: 100 };
  if (event.type === 'task.step' && event.state === 'running') return { at, step: event.step, percent: 0 };
  return null;
}

export interface Throughput {
  from: number; // ms
  to: number;
  rates: number[]; // bytes per second, one for each equal part of the time
  peak: number;
  now: number; // of the last seconds
  average: number; // over the time in which something was moved
}

const span = 5_000; // what "now" looks back over

// Bytes moved up to each sample, and how fast. Steps that run at once add up; a step that is begun anew counts from where
// it had come. null where nothing was moved.
export function throughput(samples: Sample[], sizes: Record<string, number>, until: number, parts = 48): Throughput | null {
  const points: { at: number; bytes: number }[] = [];
  const reached: Record<string, number> = {};
  let bytes = 0;
  for (const { at, step, percent } of samples) {
    const before = reached[step] ?? 0;
    reached[step] = Math.max(before, percent);
    bytes += ((sizes[step] ?? 0) * (reached[step]! - before)) / 100;
    points.push({ at, bytes });
  }
  const first = points[0];
  if (!first || bytes <= 0) return null;
  const to = Math.max(until, points.at(-1)!.at, first.at + 1000);
  const upTo = (at: number): number => {
    const after = points.findIndex((point) => point.at > at);
    if (after < 0) return bytes;
    if (after === 0) return 0;
    const [a, b] = [points[after - 1]!, points[after]!];
    return a.bytes + ((b.bytes - a.bytes) * (at - a.at)) / (b.at - a.at);
  };
  const width = (to - first.at) / parts;
  const edges = Array.from({ length: parts + 1 }, (_, edge) => upTo(first.at + edge * width));
  const rates = edges.slice(1).map((edge, part) => ((edge - edges[part]!) * 1000) / width);
  const done = points.find((point) => point.bytes >= bytes)!.at;
  const back = Math.min(span, to - first.at);
  return {
    from: first.at,
    to,
    rates,
    peak: Math.max(...rates),
    now: ((bytes - upTo(to - back)) * 1000) / back,
    average: (bytes * 1000) / Math.max(1000, done - first.at),
  };
}
