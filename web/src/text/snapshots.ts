import { language } from '.';
import type { snapshots } from './snapshots-en';

// The part of the catalogue that only what shows snapshots loads.
export const s: typeof snapshots = (language === 'de' ? await import('./snapshots-de') : await import('./snapshots-en')).snapshots;
