// Starts the clock of a log that is seen for the first time: the outcome is the point.

import type { Performer } from '../bench.ts';
import { facts } from '../bench.ts';

export const adopt: Performer<'adopt'> = async () => ({ result: 'done', ...facts() });
