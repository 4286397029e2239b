import type { Backup, Environment, EnvironmentType, RestoreTargets } from '../api/types';
import type { Choices } from './choices';

// What every step of the dialog works on.
export interface Stage {
  backup: Backup;
  choices: Choices;
  change: (some: Partial<Choices>) => void;
  source: Environment | undefined; // unless it is gone
  targets: RestoreTargets | undefined; // once the servers have been looked at
  targetName: string;
  targetType: EnvironmentType | undefined;
}
