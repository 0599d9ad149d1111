// The triggers, in the order in which they are started. Adding one is its own file and a line here.

import type { Trigger } from './trigger.ts';
import { changes } from './triggers/changes.ts';
import { growth } from './triggers/growth.ts';
import { schedule } from './triggers/schedule.ts';
import { startup } from './triggers/startup.ts';
import { sweep } from './triggers/sweep.ts';

export const triggers: readonly Trigger[] = [startup, growth, changes, schedule, sweep];
