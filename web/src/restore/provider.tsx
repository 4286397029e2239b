import { createContext, type ReactNode, useContext, useState } from 'react';
import type { Backup } from '../api/types';
import { RestoreDialog } from './dialog';

export interface RestoreWish {
  backup: Backup;
}

const Context = createContext<(wish: RestoreWish) => void>(() => {});
// Opens the dialog from wherever a backup is shown.
export const useRestore = () => useContext(Context);

export function RestoreProvider({ children }: { children: ReactNode }) {
  const [wish, setWish] = useState<RestoreWish | null>(null);
  return (
    <Context.Provider value={setWish}>
      {children}
      {wish && <RestoreDialog backup={wish.backup} onClose={() => setWish(null)} />}
    </Context.Provider>
  );
}
