// `logmill verify [LOG…]`: every archive of these logs, or of all logs of the policies, decoded to its
// end and compared with what the record says of it; of damaged ones what can be saved.

import { type Archive, isCodec } from '../../archive/open-archive.ts';
import { openSeen } from '../../archive/open-seen.ts';
import { salvageArchive } from '../../archive/salvage.ts';
import { type VerifiedGeneration, verifyLog } from '../../archive/verify.ts';
import type { CodecName } from '../../codec/codec.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { type ArchiveRecord, readingLedger } from '../../ledger/reading-ledger.ts';
import type { Generation } from '../../logs/log-set.ts';
import { packingOf } from '../../logs/naming.ts';
import { type Bytes, formatBytes } from '../../units/bytes.ts';
import { nameOf, type Path, showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { Folder, World } from '../../world/world.ts';
import { absolute } from '../absolute.ts';
import { setColumns } from '../columns.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { paint } from '../look.ts';
import type { Output } from '../output.ts';
import { makeStateFolder, stateFolder } from '../places.ts';
import { allLogs, barFor, type KeptLog, logFor } from '../reading.ts';
import type { ReadingBar } from '../screens/reading-bar.ts';
import { count } from '../words.ts';

export interface VerifyOptions {
  readonly json?: boolean | undefined;
  readonly stateDir?: string | undefined;
  readonly salvage?: string | undefined;
}

interface Checked {
  readonly path: Path;
  readonly size: Bytes;
  readonly codec: Archive['codec'];
  /** false: it is packed by another program, which is not at hand. */
  readonly isRead: boolean;
  readonly plain: Bytes | null;
  readonly sha256: string | null;
  /** Whether the record, or the archive's own index, said what it must hold. */
  readonly compared: boolean;
  readonly problem: string | null;
  /** In the archive; null: not known. */
  readonly at: Bytes | null;
  /** Of a damaged one. */
  readonly linesToSave: number | null;
  readonly savedAs: Path | null;
}

/** @returns 1 when an archive is damaged, 3 when one could not be read at all */
export async function verifyCommand(
  world: World,
  logs: readonly string[],
  options: VerifyOptions,
  output: Output,
): Promise<ExitCode> {
  const ledger = await readingLedger(stateFolder(world, options.stateDir), world);
  const into = options.salvage === undefined ? null : await openTarget(world, options.salvage);
  const bar = barFor('verify', 'at the end', world, output);
  const verifying: Verifying = { world, ledger, into, output, bar };
  const found: Checked[] = [];
  try {
    const logSets = await logsFor(world, logs, ledger);
    for (const kept of logSets) for (const { size } of packedOf(kept)) bar.expect(size);
    for (const kept of logSets) found.push(...(await verifyKept(kept, verifying)));
  } finally {
    bar.hide();
    await into?.close();
    await ledger.end();
  }
  const read = found.filter(one => one.isRead);
  const unread = found.filter(one => !one.isRead);
  if (options.json === true)
    output.json({
      format: 1,
      recordProblem: ledger.problem,
      archives: read.map(asData),
      notRead: unread.map(({ path }) => showPath(path)),
    });
  else {
    say(read, output, ledger.problem);
    for (const { path, problem } of unread) output.say(`${showPath(path)}: ${problem ?? ''}: not verified`);
  }
  if (read.some(one => one.problem !== null)) return exitCodes.failed;
  return unread.length > 0 ? exitCodes.partly : exitCodes.done;
}

interface Verifying {
  readonly world: World;
  readonly ledger: ArchiveRecord;
  readonly into: Folder | null;
  readonly output: Output;
  readonly bar: ReadingBar;
}

async function logsFor(world: World, logs: readonly string[], ledger: Ledger): Promise<readonly KeptLog[]> {
  if (logs.length === 0) return allLogs(world, ledger.state().logs.keys());
  const found: KeptLog[] = [];
  for (const log of logs) found.push(await logFor(world, log));
  return found;
}

async function openTarget(world: World, named: string): Promise<Folder> {
  const path = absolute(named);
  await makeStateFolder(world, path);
  return world.disk.openFolder(world.disk.look.real(path));
}

function packedOf({ generations }: KeptLog): readonly Generation[] {
  return generations.filter(one => one.codec !== null || isAlone(generations));
}

async function verifyKept(kept: KeptLog, verifying: Verifying): Promise<readonly Checked[]> {
  const { world, ledger, output, bar } = verifying;
  const expectedOf = ({ id }: Generation) => (id === null ? null : ledger.digestOf(id));
  const found: Checked[] = [];
  for await (const one of verifyLog(packedOf(kept), world.disk, {
    expectedOf,
    signal: output.gone.signal,
    whenRead: bar.read,
    shell: world.shell,
  }))
    found.push(await checkedOf(one, verifying));
  return found;
}

/** Named itself on the command line: then it is packed, whatever its name says. */
const isAlone = (generations: readonly Generation[]): boolean => generations.length === 1;

async function checkedOf(
  { generation, verified }: VerifiedGeneration,
  verifying: Verifying,
): Promise<Checked> {
  const { plain, problem, compared, isRead } = verified;
  const codec = verified.codec ?? (generation.codec === 'foreign' ? null : generation.codec);
  const isOurs = codec !== null && isCodec(codec);
  const saved = problem === null || !isOurs ? null : await save(generation, codec, verifying);
  return {
    path: generation.path,
    size: generation.size,
    codec,
    isRead,
    plain: plain?.bytes ?? null,
    sha256: plain?.sha256 ?? null,
    compared,
    problem: problem?.words ?? null,
    at: problem?.at ?? null,
    linesToSave: saved?.lines ?? null,
    savedAs: saved?.path ?? null,
  };
}

async function save(
  generation: Generation,
  codec: CodecName,
  { world, into }: Verifying,
): Promise<{ readonly lines: number; readonly path: Path | null } | null> {
  try {
    const file = await openSeen(world.disk, generation);
    try {
      const first = await salvageArchive(file, codec, null);
      if (into === null || first.bytes === 0) return { lines: first.lines, path: null };
      const target = await newFile(into, generation.path);
      try {
        const { lines } = await salvageArchive(file, codec, target.file);
        await into.sync();
        return { lines, path: target.path };
      } finally {
        await target.file.close();
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isTrouble(error, 'ESTALE', 'ENOTREG', 'ELOOP')) return null;
    throw error;
  }
}

/** Never one that exists: `app.log.3.salvaged`, then `app.log.3.salvaged.2`, and so on. */
async function newFile(folder: Folder, archive: Path) {
  const name = nameOf(archive);
  const extension = packingOf(name)?.extension ?? '';
  const base = `${name.slice(0, name.length - extension.length)}.salvaged`;
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? base : `${base}.${number}`;
    try {
      return { file: await folder.create(free, 0o600), path: `${folder.path}/${free}` };
    } catch (error) {
      if (!isTrouble(error, 'EEXIST')) throw error;
    }
  }
}

function asData({ isRead: _, ...one }: Checked) {
  return { ...one, path: showPath(one.path), savedAs: one.savedAs === null ? null : showPath(one.savedAs) };
}

function say(found: readonly Checked[], output: Output, recordProblem: string | null): void {
  const { look } = output;
  const rows = found.map(one => {
    const mark = one.problem === null ? paint(look, 'saves', 'whole') : paint(look, 'removes', 'damaged');
    return [
      { text: `  ${mark}` },
      { text: showPath(nameOf(one.path)) },
      { text: formatBytes(one.size), right: true },
      { text: one.plain === null ? '' : formatBytes(one.plain), right: true },
      { text: one.problem === null ? comparedWords(one) : problemWords(one) },
    ];
  });
  if (rows.length > 0) output.answer(setColumns(rows).join('\n'));
  const whole = found.filter(one => one.problem === null).length;
  output.answer(`  ${whole} of ${count(found.length, 'archive')} ${found.length === 1 ? 'is' : 'are'} whole`);
  for (const one of found) if (one.savedAs !== null) output.answer(savedWords(one));
  if (recordProblem !== null)
    output.say(`the record cannot be read, so nothing was compared with it: ${recordProblem}`);
  else if (found.some(one => one.linesToSave !== null && one.linesToSave > 0 && one.savedAs === null))
    output.say('  hint: save what can be read into new files with: --salvage DIR');
}

function comparedWords({ compared, sha256 }: Checked): string {
  const digest = (sha256 ?? '').slice(0, 16);
  return compared ? `${digest} as it was put in` : `${digest} decodes; the record does not know it`;
}

function problemWords({ problem, at, linesToSave }: Checked): string {
  const where = at === null ? '' : ` (at byte ${at.toLocaleString('en-US')})`;
  const lines = linesToSave === null ? '' : `; ${count(linesToSave, 'line')} can be saved`;
  return `${problem ?? ''}${where}${lines}`;
}

function savedWords({ path, savedAs, linesToSave }: Checked): string {
  return `  saved ${count(linesToSave ?? 0, 'line')} of ${showPath(nameOf(path))} as ${showPath(savedAs ?? '')}`;
}
