// The ledger on an SQLite database. Every write is one transaction, and durable when its promise
// resolves; questions are read-record.ts's. Who may have this database open is open-ledger.ts's.

import type { Plan, Step } from '../plan/plan.ts';
import type { LogState, State } from '../plan/state.ts';
import type { EpochMs } from '../units/duration.ts';
import { lastingId } from '../units/identity.ts';
import type { Path } from '../units/path.ts';
import { type Database, inTransaction, isFull, type Statement, troubleOf } from './database.ts';
import { groupCommit } from './group-commit.ts';
import type { History, RoundRow, SampleRow } from './history.ts';
import type { Ledger, OpenPlan } from './ledger.ts';
import { alreadyApplied, note, type OpenEntry, openEntry } from './open-plans.ts';
import type { Outcome } from './outcome.ts';
import { dropOld, foldOldestDay } from './prune.ts';
import { readClosed, readHistory, readState, readUnfinished } from './read-record.ts';
import { blobOf, type Cell, dayOf, insertOutcome, outcomeCells, stepRow } from './rows.ts';
import { type Change, changesOf } from './state.ts';

export interface Ground {
  readonly database: Database;
  /** Named in messages. */
  readonly path: Path;
  readonly reserve: { giveUp(): Promise<boolean>; fill(): Promise<boolean> };
  readonly short: boolean;
  /** After the database is closed: lets the lock go. */
  readonly leave: () => Promise<void>;
}

interface Entry {
  readonly open: OpenEntry;
  readonly step: number;
  readonly outcome: Outcome;
  readonly at: EpochMs;
}

/** A ledger that also says how many transactions it has committed, for those who measure. */
export type CountingLedger = Ledger & { readonly commits: number };

export function recordLedger(ground: Ground): CountingLedger {
  return new RecordLedger(ground);
}

class RecordLedger implements CountingLedger {
  readonly problem = null;
  commits = 0;
  short: boolean;
  readonly #ground: Ground;
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();
  readonly #open = new Map<string, OpenEntry>();
  readonly #group = groupCommit<Entry>(
    async batch => this.#remember(await this.#write('record outcomes in', () => this.#writeOutcomes(batch))),
    waiting => waiting >= this.#lanesLeft(),
  );
  #state: State | null = null;
  #stateGiven = false;
  #prunedDay: EpochMs = Number.NaN;
  #ended = false;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#database = ground.database;
    this.short = ground.short;
  }

  state(): State {
    this.#state ??= this.#read(() => readState(this.#database));
    this.#stateGiven = true;
    return this.#state;
  }

  unfinished(): readonly OpenPlan[] {
    const found = this.#read(() => readUnfinished(this.#database));
    for (const { key, plan, outcomes } of found)
      if (!this.#open.has(plan.id)) this.#open.set(plan.id, openEntry(key, plan, outcomes));
    return found.map(({ plan, outcomes }) => ({ plan, outcomes }));
  }

  closed(id: string): EpochMs | null {
    return this.#read(() => readClosed(this.#database, id));
  }

  history(from: EpochMs, until: EpochMs): History {
    return this.#read(() => readHistory(this.#database, from, until));
  }

  async open(plan: Plan): Promise<void> {
    if (this.#open.has(plan.id)) return;
    const closedAt = this.closed(plan.id);
    if (closedAt !== null) throw alreadyApplied(plan, closedAt);
    if (this.#isOpened(plan.id)) return;
    const key = await this.#insert(plan);
    this.#open.set(plan.id, openEntry(key, plan, new Map()));
  }

  async record(plan: Plan, step: number, outcome: Outcome, at: EpochMs): Promise<void> {
    const open = this.#openPlan(plan);
    if (!open.steps.has(step)) throw new Error(`internal: plan ${plan.id} has no step ${step}`);
    await this.#group.add({ open, step, outcome, at });
  }

  async close(plan: Plan, at: EpochMs): Promise<void> {
    await this.#group.drained();
    const open = this.#openPlan(plan);
    await this.#write('close a plan in', () => {
      this.#run('UPDATE plan SET closed = ? WHERE key = ?', at, open.key);
      this.#run('DELETE FROM step WHERE plan = ?', open.key);
      this.#run('UPDATE outcome SET body = NULL WHERE plan = ?', open.key);
    });
    this.#open.delete(plan.id);
    await this.#refill();
    await this.#prune(at, plan.zone);
  }

  async addSamples(samples: readonly SampleRow[], round: RoundRow | null): Promise<void> {
    await this.#write('add samples to', () => {
      for (const sample of samples)
        this.#run(
          'INSERT OR REPLACE INTO sample (log, at, policy, live, plain, compressed, allocated, generations, oldest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
          blobOf(sample.log),
          sample.at,
          sample.policy,
          sample.live,
          sample.plain,
          sample.compressed,
          sample.allocated,
          sample.generations,
          sample.oldest,
        );
      if (round === null) return;
      this.#run(
        'INSERT INTO round (at, took, cause, steps, failed) VALUES (?, ?, ?, ?, ?)',
        round.at,
        round.took,
        round.cause,
        round.steps,
        round.failed,
      );
    });
    await this.#refill();
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    await this.#group.drained();
    this.#ended = true;
    try {
      // Leaves one file that can be read from a read-only mount. Refused while somebody reads: then
      // the side files stay, which readers know how to take.
      this.#database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE');
    } catch (error) {
      troubleOf(error, 'close', this.#ground.path);
    }
    this.#database.close();
    await this.#ground.leave();
  }

  #isOpened(id: string): boolean {
    return this.#read(() => this.#statement('SELECT opened FROM plan WHERE id = ?').get(id)?.opened === 1);
  }

  #openPlan(plan: Plan): OpenEntry {
    const known = this.#open.get(plan.id);
    if (known !== undefined) return known;
    this.unfinished();
    const found = this.#open.get(plan.id);
    if (found === undefined) throw new Error(`internal: plan ${plan.id} is not open`);
    return found;
  }

  /** Lanes that could still record: when so many entries wait, nobody else will come. */
  #lanesLeft(): number {
    let lanes = 0;
    for (const open of this.#open.values()) lanes += open.left.size;
    return lanes;
  }

  /**
   * In pieces: each commit lets lanes and timers have their turn. Until the last piece the plan does not count as
   * opened, and none of it is done. Most plans are one piece, and wait for one sync.
   */
  async #insert(plan: Plan): Promise<number> {
    let key = 0;
    for (let from = 0; key === 0 || from < plan.steps.length; from += stepsAtOnce)
      await this.#write('open a plan in', () => {
        if (from === 0) key = this.#insertHead(plan);
        this.#insertSteps(key, plan.steps.slice(from, from + stepsAtOnce));
        if (from + stepsAtOnce >= plan.steps.length)
          this.#run('UPDATE plan SET opened = 1 WHERE key = ?', key);
      });
    return key;
  }

  #insertHead(plan: Plan): number {
    const { steps: _, ...head } = plan;
    this.#run('DELETE FROM step WHERE plan IN (SELECT key FROM plan WHERE id = ?)', plan.id);
    this.#run('DELETE FROM plan WHERE id = ?', plan.id);
    this.#run(
      'INSERT INTO plan (id, made, zone, head, opened) VALUES (?, ?, ?, ?, 0)',
      plan.id,
      plan.made,
      plan.zone,
      JSON.stringify(head),
    );
    return Number(this.#statement('SELECT last_insert_rowid() AS key').get()?.key);
  }

  #insertSteps(key: number, steps: Plan['steps']): void {
    for (const step of steps)
      this.#run('INSERT INTO step (plan, step, body) VALUES (?, ?, ?)', key, step.id, JSON.stringify(step));
  }

  #writeOutcomes(batch: readonly Entry[]): readonly Change[] {
    const changed: Change[] = [];
    for (const { open, step: id, outcome, at } of batch) {
      const step = open.steps.get(id);
      if (step === undefined) continue;
      const row = stepRow({ plan: open.plan.id, step, outcome, at, heir: open.heirs.get(id) ?? null });
      this.#run(insertOutcome, ...outcomeCells(open.key, row, outcome, open.plan.zone));
      const changes = changesOf(open.plan, step, outcome, at, {
        rotationOf: file => this.#rotationOf(file),
        madeBy: maker => open.made.get(maker) ?? null,
      });
      for (const change of changes) this.#writeChange(change);
      this.#writeDigest(step, outcome);
      changed.push(...changes);
      note(open, id, outcome);
    }
    return changed;
  }

  /** Asked within the transaction: it sees what the batch has changed so far. */
  #rotationOf(file: string): EpochMs | null {
    const row = this.#statement('SELECT rotated FROM generation WHERE file = ?').get(file);
    return typeof row?.rotated === 'number' ? row.rotated : null;
  }

  /** What an archive holds; of a plain copy the file itself says it, and it may grow. */
  #writeDigest({ kind }: Step, outcome: Outcome): void {
    if (outcome.result !== 'done' && outcome.result !== 'already') return;
    const { made, plain } = outcome;
    if (kind === 'copy' || made === null || plain === null) return;
    const sql = 'INSERT OR REPLACE INTO digest (file, bytes, sha256) VALUES (?, ?, ?)';
    this.#run(sql, lastingId(made), plain.bytes, plain.sha256);
  }

  #writeChange(change: Change): void {
    if (change.of === 'log')
      this.#run(
        'INSERT OR REPLACE INTO log (path, rotated) VALUES (?, ?)',
        blobOf(change.path),
        change.rotated,
      );
    else if (change.of === 'archived')
      this.#run('INSERT OR REPLACE INTO archived (file, until) VALUES (?, ?)', change.file, change.until);
    else if (change.rotated === null) {
      this.#run('DELETE FROM generation WHERE file = ?', change.file);
      this.#run('DELETE FROM digest WHERE file = ?', change.file);
    } else
      this.#run(
        'INSERT OR REPLACE INTO generation (file, rotated) VALUES (?, ?)',
        change.file,
        change.rotated,
      );
  }

  /** Lets go of old rows, once a local day; the record is full of work else. */
  async #prune(at: EpochMs, zone: string): Promise<void> {
    const today = dayOf(at, zone);
    if (today === this.#prunedDay) return;
    this.#prunedDay = today;
    try {
      for (let more = true; more; await turn()) more = foldOldestDay(this.#database, at, zone);
      dropOld(this.#database, at, zone);
    } catch (error) {
      // Folding needs a little space before it frees some; tomorrow it is tried again.
      if (!isFull(error)) throw troubleOf(error, 'fold old days in', this.#ground.path);
    }
  }

  async #refill(): Promise<void> {
    this.short = !(await this.#ground.reserve.fill());
  }

  /** One durable transaction; on a full disk the reserve is given up and it is tried once more. */
  async #write<T>(verb: string, work: () => T): Promise<T> {
    if (this.#ended) throw new Error('internal: the ledger has been ended');
    const once = (): T => {
      const result = inTransaction(this.#database, work);
      this.commits += 1;
      return result;
    };
    try {
      return once();
    } catch (error) {
      if (!isFull(error)) throw troubleOf(error, verb, this.#ground.path);
      this.short = true;
      if (!(await this.#ground.reserve.giveUp())) throw troubleOf(error, verb, this.#ground.path);
    }
    try {
      return once();
    } catch (error) {
      throw troubleOf(error, verb, this.#ground.path);
    }
  }

  /** Into the state that is held, on a copy if somebody has been given it. */
  #remember(changes: readonly Change[]): void {
    if (this.#state === null || changes.length === 0) return;
    const logs = this.#stateGiven ? new Map(this.#state.logs) : (this.#state.logs as Map<Path, LogState>);
    const rotations = this.#stateGiven
      ? new Map(this.#state.rotations)
      : (this.#state.rotations as Map<string, EpochMs>);
    const archived = new Map(this.#state.archived);
    for (const change of changes) {
      if (change.of === 'archived') archived.set(change.file, change.until);
      else if (change.of === 'log') logs.set(change.path, { rotated: change.rotated });
      else if (change.rotated === null) rotations.delete(change.file);
      else rotations.set(change.file, change.rotated);
    }
    this.#state = { logs, rotations, ...(archived.size === 0 ? {} : { archived }) };
    this.#stateGiven = false;
  }

  #read<T>(query: () => T): T {
    try {
      return query();
    } catch (error) {
      throw troubleOf(error, 'read', this.#ground.path);
    }
  }

  #run(sql: string, ...values: readonly Cell[]): void {
    this.#statement(sql).run(...values);
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

/** About 30 ms of writing. */
const stepsAtOnce = 2_000;

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
