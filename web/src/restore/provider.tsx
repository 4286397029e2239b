import { createContext, type ReactNode, useContext, useState } from 'react';
import type { Backup } from '../api/types';
import type { Choices } from './choices';
import { RestoreDialog } from './dialog';

export interface RestoreWish {
  backup: Backup;
  preset?: Partial<Choices>;
}

const Context = createContext<(wish: RestoreWish) => void>(() => {});
// Opens the dialog from wherever a backup is shown.
export const useRestore = () => useContext(Context);

export function RestoreProvider({ children }: { children: ReactNode }) {
  const [wish, setWish] = useState<RestoreWish | null>(null);
  return (
    <Context.Provider value={setWish}>
      {children}
      {wish && <RestoreDialog backup={wish.backup} preset={wish.preset} onClose={() => setWish(null)} />}
    </Context.Provider>
  );
}
