// One run of the door, as its parts share it.

import type { EpochMs } from '../../units/duration.ts';
import type { World } from '../../world/world.ts';
import type { Line } from './messages.ts';
import type { Options } from './options.ts';
import type { Voice } from './voice.ts';

export interface Run {
  readonly world: World;
  readonly options: Options;
  readonly voice: Voice;
  readonly at: EpochMs;
  failed: boolean;
  say(lines: readonly Line[]): void;
}
