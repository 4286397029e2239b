import type { Texts } from './en';

// Only the chosen catalogue is loaded.
const catalogues: Record<string, { name: string; load: () => Promise<Texts> }> = {
  en: { name: 'English', load: async () => (await import('./en')).en },
  de: { name: 'Deutsch', load: async () => (await import('./de')).de },
};
export const languages = Object.entries(catalogues).map(([value, { name }]) => ({ value, label: name }));

// What the API names, and may name more of one day.
type Named = 'taskKind' | 'step' | 'mountStep' | 'snapshotStep' | 'advice';
type Catalogue = Omit<Texts, Named> & Record<Named, Record<string, string>>;

const key = 'reprise.language';
const wished = globalThis.navigator?.languages ?? [];

// The language that was chosen here before, else the first of the browser's that there is.
export function pick(stored: string | null | undefined, wishes: readonly string[]): string {
  return [stored, ...wishes].map((one) => one?.slice(0, 2).toLowerCase() ?? '').find((one) => Object.hasOwn(catalogues, one)) ?? 'en';
}

export const language = pick(globalThis.localStorage?.getItem(key), wished);
// How numbers and dates are written: as where the reader is, if that is of the language.
export const locale = wished.find((one) => one.slice(0, 2).toLowerCase() === language) ?? language;
export const t: Catalogue = await catalogues[language]!.load();

export function chooseLanguage(value: string) {
  localStorage.setItem(key, value);
  location.reload();
}
