// How much room old logs may take: maxtotal for each log, budget for a section together. Oldest
// first, and only what nothing else protects: the newest generation, those within keepfor, those that
// are still written to, and the floor of every log stay.
//
// A budget is shared fairly by taking from whoever has most at the moment, again and again: so a
// noisy log pays down to the next one before that one pays anything, and quiet ones keep all.

import type { Generation, LiveLog, LogSet } from '../logs/log-set.ts';
import { shortageOf } from '../logs/shortage.ts';
import type { Policy } from '../policy/policy.ts';
import { type Bytes, formatBytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import { folderOf, type Path, showPath } from '../units/path.ts';
import type { Draft, DraftGeneration, LogDraft } from './draft.ts';
import type { Reason } from './plan.ts';
import { reasonOf } from './reason.ts';
import { unitsOf } from './retain.ts';
import { predict } from './stages/compress.ts';

/**
 * Marks what must go beyond what retention let go already; warns where that cannot be enough.
 *
 * @param logSets all of the section: what this plan leaves as it is takes room in the budget all the same
 */
export function holdBudgets(
  draft: Draft,
  policy: Policy,
  logs: readonly LogDraft[],
  logSets: readonly LogSet[],
): void {
  const { maxtotal, budget, keepfree } = policy.settings;
  if (keepfree !== null) warnOfShortage(draft, policy, logs);
  if (maxtotal === null && budget === null) return;
  const purses = logs.map(log => purseOf(draft, log));
  if (maxtotal !== null) for (const purse of purses) holdMaxtotal(draft, policy, purse, maxtotal);
  if (budget === null) return;
  const drafted = new Set(logs.map(({ logSet }) => logSet));
  const others = logSets.filter(logSet => !drafted.has(logSet)).map(untouchable);
  holdBudget(draft, policy, [...purses, ...others], budget);
}

/** What one log takes, and what of it may go. */
interface Purse {
  readonly path: Path;
  readonly live: Bytes;
  /** Of what stays, as it will be once compressed. */
  kept: Bytes;
  /** Oldest last; the ones that go are taken off the end. */
  readonly pieces: Piece[];
}

interface Piece {
  readonly generation: DraftGeneration;
  readonly size: Bytes;
  readonly rotated: EpochMs;
  /** Why it stays whatever a budget says, in words; null: it may go. */
  readonly bound: string | null;
}

function purseOf(draft: Draft, log: LogDraft): Purse {
  const pieces: Piece[] = [];
  for (const generation of log.generations) {
    if (generation.goes !== null) continue;
    const units = unitsOf(generation.file);
    // The index of a joined archive is not counted: joining must not be what makes one go.
    const size = generation.file.inside === undefined ? sizeToBe(log, generation) : null;
    for (const unit of units.slice(0, units.length - generation.expired)) {
      const bound = pieces.length === 0 ? 'the newest generation stays' : boundBy(draft, log, unit);
      pieces.push({ generation, size: size ?? unit.size, rotated: unit.rotated, bound });
    }
  }
  const kept = pieces.reduce((sum, piece) => sum + piece.size, 0);
  return { path: log.logSet.path, live: liveToBe(draft, log), kept, pieces };
}

function untouchable({ path, live, generations }: LogSet): Purse {
  const kept = generations.reduce((sum, { size }) => sum + size, 0);
  // Nothing of it may go, as of a live log.
  return { path, live: roomOf(live) + kept, kept: 0, pieces: [] };
}

/** What a live log will take: one that is moved or emptied in this plan stands among its generations already. */
function liveToBe(draft: Draft, { live, rotation, settings, logSet }: LogDraft): Bytes {
  if (live === null) return 0;
  if (rotation === null || rotation.method === 'copy' || rotation.method === 'nothing') return roomOf(live);
  const isEmptied = settings.copytruncate && settings.truncatewith !== 'punch';
  // Collapsing leaves up to a block.
  const block = draft.observation.folders.get(folderOf(logSet.path))?.blockSize ?? 4096;
  return isEmptied && logSet.writers?.length !== 0 ? Math.min(live.size, block) : 0;
}

/** What is punched out of it takes no room. */
function roomOf(live: LiveLog | null): Bytes {
  return live === null ? 0 : Math.min(live.size, live.allocated);
}

/** Without a sample it is taken to pack well: deleting too little is made good in the next round. */
function sizeToBe(log: LogDraft, generation: DraftGeneration): Bytes {
  const { settings, generations, isShort } = log;
  const { file } = generation;
  const isDelayed = settings.delaycompress && !isShort && generation === generations[0];
  const isHeld = file.id !== null && log.logSet.held.has(file.id) && !generation.fresh;
  if (file.codec !== null || !settings.compress || isDelayed || isHeld) return file.size;
  return predict(log, generation)?.bytes ?? Math.round(file.size / 8);
}

function boundBy(draft: Draft, { settings, logSet }: LogDraft, unit: Generation): string | null {
  if (unit.id !== null && logSet.held.has(unit.id)) return 'it is still written to';
  const age = draft.moment.at - unit.rotated;
  if (settings.keepfor !== null && age < settings.keepfor) return 'keepfor holds it';
  const { budgetfloor } = settings;
  return budgetfloor?.kind === 'age' && age < budgetfloor.age ? 'budgetfloor holds it' : null;
}

function holdMaxtotal(draft: Draft, policy: Policy, purse: Purse, limit: Bytes): void {
  const before = purse.kept;
  while (purse.kept > limit) {
    const last = purse.pieces.at(-1);
    // The floor is a budget's: maxtotal is said of this very log.
    if (last === undefined || (last.bound !== null && last.bound !== 'budgetfloor holds it')) break;
    const text = `its generations take ${formatBytes(before)}, maxtotal is ${formatBytes(limit)}`;
    letGo(purse, last, reasonOf(policy, 'maxtotal', text));
  }
  const last = purse.pieces.at(-1);
  if (purse.kept <= limit || last === undefined || purse.pieces.length < 2) return;
  const message = `${showPath(purse.path)} takes ${formatBytes(purse.kept)}, above its maxtotal of ${formatBytes(limit)}: ${last.bound}`;
  warn(draft, policy, 'maxtotal', purse.path, message);
}

function holdBudget(draft: Draft, policy: Policy, purses: readonly Purse[], budget: Bytes): void {
  const before = purses.map(takes);
  let total = before.reduce((sum, bytes) => sum + bytes, 0);
  if (total <= budget) return;
  const share = fairShare(purses, budget);
  const all = total;
  while (total > budget) {
    const purse = richest(policy, purses);
    const last = purse?.pieces.at(-1);
    if (purse === null || last === undefined) break;
    const own = before[purses.indexOf(purse)] ?? 0;
    const text = `the section takes ${formatBytes(all)}, budget is ${formatBytes(budget)}; this log takes ${formatBytes(own)}, its fair share is ${formatBytes(share)}`;
    letGo(purse, last, reasonOf(policy, 'budget', text));
    total -= last.size;
  }
  if (total > budget) {
    const message = `the section takes ${formatBytes(total)}, above its budget of ${formatBytes(budget)}: nothing more may go (live logs, newest generations, keepfor and floors stay)`;
    warn(draft, policy, 'budget', null, message);
  }
}

function takes({ live, kept }: Purse): Bytes {
  return live + kept;
}

/** Who takes most of those that have something to give. */
function richest(policy: Policy, purses: readonly Purse[]): Purse | null {
  let found: Purse | null = null;
  for (const purse of purses) {
    if (mayGive(policy, purse) && (found === null || takes(purse) > takes(found))) found = purse;
  }
  return found;
}

function mayGive(policy: Policy, { pieces, kept }: Purse): boolean {
  const last = pieces.at(-1);
  if (last === undefined || last.bound !== null) return false;
  const { budgetfloor } = policy.settings;
  return budgetfloor?.kind !== 'size' || kept - last.size >= budgetfloor.size;
}

/** The height to which water stands in vessels of these sizes, none under what it must keep: for showing only. */
function fairShare(purses: readonly Purse[], budget: Bytes): Bytes {
  const vessels = purses.map(purse => ({ most: takes(purse), least: purse.live + boundBytes(purse) }));
  let [low, high] = [0, budget];
  for (let step = 0; step < 60 && high - low > 0.5; step += 1) {
    const middle = (low + high) / 2;
    const sum = vessels.reduce((all, { most, least }) => all + Math.max(least, Math.min(most, middle)), 0);
    if (sum > budget) high = middle;
    else low = middle;
  }
  return Math.round(low);
}

function boundBytes({ pieces }: Purse): Bytes {
  return pieces.reduce((sum, { bound, size }) => sum + (bound === null ? 0 : size), 0);
}

function letGo(purse: Purse, piece: Piece, why: Reason): void {
  const { generation } = piece;
  purse.pieces.pop();
  purse.kept -= piece.size;
  const count = generation.file.inside?.length ?? 1;
  generation.expired += generation.file.inside === undefined ? 0 : 1;
  if (generation.file.inside !== undefined && generation.expired < count) {
    generation.cut ??= why;
    return;
  }
  generation.goes = why;
  generation.stays = null;
}

function warnOfShortage(draft: Draft, policy: Policy, logs: readonly LogDraft[]): void {
  const folders = new Set<string>();
  for (const { logSet } of logs) {
    const shortage = shortageOf(draft, logSet);
    if (shortage === null || folders.has(logSet.folder)) continue;
    folders.add(logSet.folder);
    const { free, wanted } = shortage;
    const message = `the file system of ${showPath(logSet.folder)} has ${formatBytes(free)} free, and keepfree wants ${formatBytes(wanted)}: archives are made early, nothing is deleted for it`;
    warn(draft, policy, 'keepfree', logSet.folder, message);
  }
}

function warn(
  { warnings }: Draft,
  policy: Policy,
  directive: string,
  about: Path | null,
  message: string,
): void {
  warnings.push({ policy: policy.name, about, message, at: policy.writtenAt[directive] ?? policy.at });
}
