import { en, type Texts } from './en';

const catalogues: Record<string, Texts> = { en };
export const languages = Object.entries(catalogues).map(([value, texts]) => ({ value, label: texts.name }));
const key = 'reprise.language';

function chosen(): string {
  const stored = globalThis.localStorage?.getItem(key);
  const wished = [stored, ...(globalThis.navigator?.languages ?? [])];
  return wished.map((one) => one?.slice(0, 2) ?? '').find((one) => one in catalogues) ?? 'en';
}

export const language = chosen();
export const t: Texts = catalogues[language]!;

export function chooseLanguage(value: string) {
  localStorage.setItem(key, value);
  location.reload();
}
