import { language } from '.';
import type { mounts } from './mounts-en';

// The part of the catalogue that only pages of rescue load.
export const m: typeof mounts = (language === 'de' ? await import('./mounts-de') : await import('./mounts-en')).mounts;
