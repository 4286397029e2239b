import { expect, test } from 'vitest';
import { SseParser } from './sse';

test('events come whole, wherever the pieces were cut', () => {
  const wire = 'id: 7\nevent: task.step\ndata: {"a":1}\n\n: heartbeat\n\nid: 8\nevent: task.log\ndata: {"b":2}\n\n';
  for (let cut = 0; cut <= wire.length; ++cut) {
    const parser = new SseParser();
    const events = [...parser.feed(wire.slice(0, cut)), ...parser.feed(wire.slice(cut))];
    expect(events).toEqual([
      { id: '7', type: 'task.step', data: '{"a":1}' },
      { id: '8', type: 'task.log', data: '{"b":2}' },
    ]);
  }
});

test('a heartbeat is no event', () => {
  expect(new SseParser().feed(': heartbeat\n\n')).toEqual([]);
});
