import { useEffect, useState } from 'react';

// A file dropped anywhere on the page; whether one is held over it now. Without this a browser would open the file.
export function useFileDrop(onFile: (file: File) => void, active = true): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (!active) return;
    let depth = 0;
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent) => {
      if (holdsFiles(event)) setOver(++depth > 0);
    };
    const leave = (event: DragEvent) => {
      if (holdsFiles(event)) setOver(--depth > 0);
    };
    const hold = (event: DragEvent) => {
      if (holdsFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) onFile(file);
    };
    const calls = { dragenter: enter, dragleave: leave, dragover: hold, drop } as const;
    for (const [name, call] of Object.entries(calls)) window.addEventListener(name as 'drop', call);
    return () => {
      for (const [name, call] of Object.entries(calls)) window.removeEventListener(name as 'drop', call);
    };
  }, [onFile, active]);
  return over;
}
