// A log that is not due. There are tens of thousands of them, and of most nobody ever asks more: each is
// put in words only when it is.

import type { LogSet } from '../logs/log-set.ts';
import { unarchived } from '../logs/unarchived.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import type { Due } from './due.ts';
import type { Kept, Reason } from './plan.ts';

export class NotDue implements Kept {
  readonly #logSet: LogSet;
  readonly #explain: (logSet: LogSet) => Due;

  constructor(logSet: LogSet, explain: (logSet: LogSet) => Due) {
    this.#logSet = logSet;
    this.#explain = explain;
  }

  get how(): 'not due' {
    return 'not due';
  }

  get log(): Path {
    return this.#logSet.path;
  }

  get path(): Path {
    return this.#logSet.path;
  }

  get policy(): string {
    return this.#logSet.policy.name;
  }

  get size(): Bytes {
    const { live, policy } = this.#logSet;
    return live === null ? 0 : unarchived(live, policy);
  }

  get why(): Reason {
    return this.#explain(this.#logSet).why;
  }

  get hint(): null {
    return null;
  }

  get next(): EpochMs | null {
    return this.#explain(this.#logSet).next;
  }

  toJSON(): Kept {
    const { log, path, policy, size, how, why, hint, next } = this;
    return { log, path, policy, size, how, why, hint, next };
  }
}
