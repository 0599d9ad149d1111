// The first half of copytruncate, and the directive copy: what the live log holds at this moment,
// under another name. What is written meanwhile is the truncation's affair.

import { createHash } from 'node:crypto';
import { type Digest, digestOf } from '../../codec/digest.ts';
import type { Facts } from '../../ledger/outcome.ts';
import type { StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import { showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { FileStat, Folder, OpenFile } from '../../world/world.ts';
import { dressLike, originOf } from '../acls.ts';
import type { Bench, Performed, Performer } from '../bench.ts';
import {
  buildBeside,
  clearLeftOver,
  difference,
  facts,
  inFolderOf,
  isThatFile,
  nothing,
  removeQuietly,
  spaceOf,
  stale,
  withFile,
} from '../bench.ts';
import { copyRange, passingChunks, sameBytes } from '../contents.ts';
import { HalfDone } from '../half-done.ts';
import { emptyingAfter, sayHolder, worseNow } from './truncate-census.ts';
import { isBlank } from './truncate-punch.ts';

export const copy: Performer<'copy'> = (step, bench) =>
  inFolderOf(step.file.path, bench, async (from, name) => {
    const source = await from.stat(name);
    const other = difference(step.file, source, bench);
    if (other !== null) return stale(other);
    return withFile(from.open(name, 'read'), async live => {
      if (!isThatFile(step.file, live, bench)) return stale(`${showPath(step.file.path)} was replaced`);
      await waitForReopening(step, live, bench);
      return inFolderOf(step.to, bench, (to, toName) => copyTo(live, to, toName, step, bench));
    });
  });

/** renamecopy: the renamed log goes once it is copied, and with it what a writer would still add. */
export async function waitForReopening(step: StepOf<'copy'>, live: OpenFile, bench: Bench): Promise<void> {
  if (step.file.madeBy === null) return;
  const [writer] = await bench.holders.writing(live.id);
  if (writer === undefined) return;
  const path = showPath(step.file.path);
  const message = `${sayHolder(writer)} still writes to ${path}; it is kept until that has reopened its log`;
  throw new HalfDone({ result: 'deferred', message });
}

async function copyTo(
  live: OpenFile,
  to: Folder,
  toName: string,
  step: StepOf<'copy'>,
  bench: Bench,
): Promise<Performed> {
  const target = await to.stat(toName);
  if (target !== null) return foundCopy(live, to, toName, step, bench);
  const emptying = emptyingAfter(step, bench);
  const worse = emptying === null ? null : await worseNow(emptying, live.id, bench);
  if (worse !== null) return worse;
  const from = step.from ?? 0;
  if (
    !(await isBlank(live, Math.max(0, from - edge), from)) ||
    !(await isBlank(live, 0, Math.min(edge, from)))
  )
    return stale(`${showPath(step.file.path)} was begun anew since it was looked at`);
  try {
    const { made, plain } = await makeCopy(live, to, toName, step, bench);
    await named(made, to, toName, bench);
    return { result: 'done', ...copied(made, plain) };
  } catch (error) {
    if (isTrouble(error, 'EEXIST')) return stale(`the name ${showPath(step.to)} is taken`);
    throw error;
  }
}

/** A copy whose name cannot be made durable goes again: its log has lost nothing yet, and would be copied twice. */
async function named(made: FileStat, to: Folder, toName: string, bench: Bench): Promise<void> {
  try {
    await bench.folders.sync(to);
  } catch (error) {
    if ((await to.stat(toName))?.id === made.id) await removeQuietly(to, toName);
    throw error;
  }
}

/** What of a hole is looked at on either side. */
const edge: Bytes = 64 * 1024;

/** From this size on it is worth starting a program for. */
const worthCloning: Bytes = 8 * 1024 * 1024;

/** Only what the log held at the start is copied: a fast writer would else lead us on for ever. */
function makeCopy(live: OpenFile, to: Folder, toName: string, step: StepOf<'copy'>, bench: Bench) {
  return buildBeside({ folder: to, name: toName, mode: 0o600 }, step, bench, async file => {
    const { size } = await live.stat();
    const isCloned = step.from === undefined && size >= worthCloning && (await file.cloneFrom(live));
    const plain = await (isCloned ? digestOfClone(file, bench) : copyBytes(live, file, step, bench));
    const { mode, uid, gid } = step.made;
    await file.setAttributes({ mode: mode & 0o777, owner: { uid, gid } });
    await dressLike(originOf(step.file, bench.steps), file, bench);
    await file.sync();
    return { made: await file.stat(), plain };
  });
}

async function digestOfClone(file: OpenFile, bench: Bench): Promise<Digest> {
  const { size: until } = await file.stat();
  return digestOf(passingChunks(file, { from: 0, until, signal: bench.signal }));
}

async function copyBytes(
  live: OpenFile,
  file: OpenFile,
  step: StepOf<'copy'>,
  bench: Bench,
): Promise<Digest> {
  const { size, allocated } = await live.stat();
  const hash = createHash('sha256');
  const from = step.from ?? 0;
  const end = await copyRange(
    live,
    file,
    { from, until: size, signal: bench.signal },
    {
      sparse: allocated < size - from,
      shift: from,
      hash,
      tell: position => bench.progress(step, position - from, position - from),
    },
  );
  const bytes = Math.max(0, end - from);
  await file.truncate(bytes);
  return { bytes, sha256: hash.digest('hex') };
}

/**
 * After a stop: a copy is named only when it is whole, so one that stands there and agrees with
 * the head of the log, and holds at least what was there when the plan was made, is ours.
 */
async function foundCopy(
  live: OpenFile,
  to: Folder,
  toName: string,
  step: StepOf<'copy'>,
  bench: Bench,
): Promise<Performed> {
  const taken = stale(`the name ${showPath(step.to)} is taken by another file`);
  if (!bench.resumed) return taken;
  await clearLeftOver(to, step, bench);
  return withFile(to.open(toName, 'read'), async found => {
    const made = await found.stat();
    const from = step.from ?? 0;
    if (made.size < step.file.size - from) return taken;
    if (!(await sameBytes(found, 0, live, from, made.size))) return taken;
    await bench.folders.sync(to);
    const until = made.size;
    return {
      result: 'already',
      ...copied(made, await digestOf(passingChunks(found, { from: 0, until, signal: bench.signal }))),
    };
  });
}

function copied(made: FileStat, plain: Digest): Facts {
  return facts({ footprint: { before: nothing, after: spaceOf(made) }, made: made.id, plain });
}
