// What the door remembers. STATE alone says when a log was last rotated; the record beside it is
// opened only when there is something to write down, or to finish (rulings 27). A plan is closed only
// once STATE holds what it did.

import type { Ledger } from '../../ledger/ledger.ts';
import { firstSeenDate, type LogrotateState, momentOfDate, stateDate } from '../../ledger/logrotate-state.ts';
import type { Outcome } from '../../ledger/outcome.ts';
import { changesOf } from '../../ledger/state.ts';
import type { Plan } from '../../plan/plan.ts';
import type { LogState } from '../../plan/state.ts';
import type { Zone } from '../../units/calendar.ts';
import type { EpochMs } from '../../units/duration.ts';
import type { Path } from '../../units/path.ts';

export interface DoorRecord {
  readonly ledger: Ledger;
  /** Every path of the configuration has an entry, also one that matched nothing (semantics 11). */
  adopt(paths: Iterable<Path>): void;
  /** What was done before an interruption, and had not reached STATE yet. */
  recall(): void;
  /** Writes STATE, and closes the plans that waited for it. */
  settle(): Promise<void>;
}

interface Parts {
  readonly state: LogrotateState;
  readonly zone: Zone;
  readonly at: EpochMs;
  /** null: there is none yet. */
  readonly opened: Ledger | null;
  readonly open: () => Promise<Ledger>;
  /** Writes STATE as it is now. */
  readonly write: (when: 'in between' | 'at the end') => Promise<void>;
  readonly clock: () => EpochMs;
}

export function doorRecord(parts: Parts): DoorRecord {
  const { state, zone, at } = parts;
  const logs = new SeenLogs(state, zone, at);
  let record = parts.opened;
  let closing: { readonly plan: Plan; readonly at: EpochMs }[] = [];
  let written = { at: Number.NEGATIVE_INFINITY, took: 0 };

  type Note = (path: Path, rotated: EpochMs) => void;
  const note: Note = (path, rotated) => logs.note(path, rotated);
  /** What STATE says of a later rotation holds. */
  const noteIfLater: Note = (path, rotated) => {
    if ((logs.get(path)?.rotated ?? Number.NEGATIVE_INFINITY) < rotated) logs.note(path, rotated);
  };
  const fold = (plan: Plan, step: number, outcome: Outcome, when: EpochMs, notes: Note): void => {
    const found = plan.steps[step - 1];
    if (found === undefined) return;
    for (const change of changesOf(plan, found, outcome, when, {
      rotationOf: () => null,
      madeBy: () => null,
    })) {
      if (change.of === 'log') notes(change.path, change.rotated);
    }
  };
  const need = async (): Promise<Ledger> => {
    record ??= await parts.open();
    return record;
  };
  // One at a time: two plans may end together, and STATE is written beside under one name.
  let turn: Promise<void> = Promise.resolve();
  const settle: Parts['write'] = when => {
    const next = (): Promise<void> => settleNow(when);
    turn = turn.then(next, next);
    return turn;
  };
  const settleNow: Parts['write'] = async when => {
    const plans = closing;
    closing = [];
    const began = parts.clock();
    await parts.write(when);
    written = { at: parts.clock(), took: parts.clock() - began };
    for (const one of plans) await (await need()).close(one.plan, one.at);
  };

  const ledger: Ledger = {
    get problem() {
      return record?.problem ?? null;
    },
    get short() {
      return record?.short ?? false;
    },
    state: () => ({ logs, rotations: record?.state().rotations ?? nothingKnown }),
    unfinished: () => record?.unfinished() ?? [],
    closed: id => record?.closed(id) ?? null,
    open: async plan => (await need()).open(plan),
    record: async (plan, step, outcome, when) => {
      await (await need()).record(plan, step, outcome, when);
      fold(plan, step, outcome, when, note);
    },
    close: async (plan, when) => {
      closing.push({ plan, at: when });
      // A large STATE is not written after each of a thousand sections: a tenth of the time is enough.
      if (parts.clock() - written.at >= 10 * written.took) await settle('in between');
    },
    addSamples: async (samples, round) => (await need()).addSamples(samples, round),
    history: (from, until) => record?.history(from, until) ?? noHistory(),
    end: async () => record?.end(),
  };

  return {
    ledger,
    settle: () => settle('at the end'),
    adopt: paths => logs.adopt(paths),
    recall: () => {
      for (const { plan, outcomes } of ledger.unfinished()) {
        for (const [step, outcome] of outcomes) fold(plan, step, outcome, plan.made, noteIfLater);
      }
    },
  };
}

const nothingKnown: ReadonlyMap<string, EpochMs> = new Map();

function noHistory(): never {
  throw new Error('internal: the door makes no reports');
}

/** STATE's entries as moments, each counted only when it is asked for. */
class SeenLogs extends Map<Path, LogState> {
  readonly #state: LogrotateState;
  readonly #zone: Zone;
  readonly #first: string;

  constructor(state: LogrotateState, zone: Zone, at: EpochMs) {
    super();
    this.#state = state;
    this.#zone = zone;
    this.#first = firstSeenDate(at, zone);
  }

  override has(path: Path): boolean {
    return this.#state.entries.has(path);
  }

  override get(path: Path): LogState | undefined {
    const known = super.get(path);
    if (known !== undefined) return known;
    const date = this.#state.entries.get(path);
    if (date === undefined) return undefined;
    return this.#momentOf(date);
  }

  adopt(paths: Iterable<Path>): void {
    for (const path of paths) if (!this.has(path)) this.#state.entries.set(path, this.#first);
  }

  note(path: Path, rotated: EpochMs): void {
    this.#state.entries.set(path, stateDate(rotated, this.#zone));
    super.set(path, { rotated });
  }

  /** Most logs of a machine were last rotated in the same second, or seen in the same hour. */
  readonly #moments = new Map<string, LogState>();

  #momentOf(date: string): LogState {
    const known = this.#moments.get(date);
    if (known !== undefined) return known;
    const found = { rotated: momentOfDate(date, this.#zone) };
    this.#moments.set(date, found);
    return found;
  }
}
