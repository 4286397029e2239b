// Server-sent events as they come off the wire, in whatever pieces.
export interface SseEvent {
  id: string;
  type: string;
  data: string;
}

export class SseParser {
  private rest = '';

  // The events that `text` completes.
  feed(text: string): SseEvent[] {
    this.rest += text;
    const events: SseEvent[] = [];
    for (;;) {
      const end = this.rest.indexOf('\n\n');
      if (end < 0) return events;
      const event = this.parse(this.rest.slice(0, end));
      this.rest = this.rest.slice(end + 2);
      if (event) events.push(event);
    }
  }

  private parse(block: string): SseEvent | null {
    const event: SseEvent = { id: '', type: 'message', data: '' };
    let hasData = false;
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon <= 0) continue; // a comment: the server's heartbeat
      const value = line.slice(colon + 1).replace(/^ /, '');
      if (line.startsWith('id:')) event.id = value;
      else if (line.startsWith('event:')) event.type = value;
      else if (line.startsWith('data:')) {
        event.data = hasData ? `${event.data}\n${value}` : value;
        hasData = true;
      }
    }
    return hasData ? event : null;
  }
}
