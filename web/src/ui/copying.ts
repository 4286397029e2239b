import { useState } from 'react';

// Browsers give the clipboard to pages of TLS and of this machine only; elsewhere the old way has to do.
async function write(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused: the old way may still be open.
    }
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  // Within an open dialog, which would take the focus back.
  (document.activeElement?.closest('[role=dialog]') ?? document.body).append(area);
  const before = document.activeElement;
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

export function useCopying(text: string) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void write(text).then((done) => {
      setCopied(done);
      if (done) setTimeout(() => setCopied(false), 2000);
    });
  return { copied, copy };
}
