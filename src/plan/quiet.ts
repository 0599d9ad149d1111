// When a file is cold enough to be cut although it cannot be known that nobody holds it.

import type { Ms } from '../units/duration.ts';

/** Since it was last written to. */
export const quietBefore: Ms = 3_600_000;
