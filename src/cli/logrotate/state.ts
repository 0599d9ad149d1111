// STATE and STATE.logmill of one run: opened, locked, read, written, and never taken for logs.

import type { Ledger } from '../../ledger/ledger.ts';
import { type LogrotateState, prune } from '../../ledger/logrotate-state.ts';
import { openStateFile, readState, type StateFile } from '../../ledger/logrotate-state-file.ts';
import type { FoundLogs } from '../../observe/log-sets.ts';
import type { FileId } from '../../units/identity.ts';
import { folderOf, join, nameOf, type Path } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { World } from '../../world/world.ts';
import { mustNameFile } from './file-named.ts';
import type { Run } from './run.ts';

/**
 * null: nothing is locked and nothing written, as with -d and /dev/null.
 *
 * @param signal ends the wait for a lock
 */
export async function stateFileFor(
  { world, options, voice }: Run,
  path: Path,
  signal: AbortSignal,
): Promise<StateFile | null | 'failed'> {
  if (options.debug || path === '/dev/null') return null;
  try {
    if (options.lock === 'wait') voice.say('debug', `waiting for lock on state file ${path}`);
    mustNameFile(path);
    const file = await openStateFile(world, path, options.lock, signal);
    if (file.lock === 'held') voice.say('debug', `acquired lock on state file ${path}`);
    if (file.lock === 'skipped') voice.say('debug', `Skip locking state file ${path}`);
    if (file.lock === 'world-readable') {
      voice.say(
        'warning',
        `state file ${path} is world-readable and thus can be locked from other unprivileged users. Skipping lock acquisition...`,
      );
    }
    return file;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    if (signal.aborted) return 'failed';
    const isLocked = error.code === 'ELOCKED';
    const also = 'logrotate does not support parallel execution on the same set of logfiles.';
    const said = isLocked
      ? `${error.message}\n${also}`
      : `error opening state file ${path}: ${error.message}`;
    voice.say('error', said);
    return 'failed';
  }
}

/** 'no state': it is another file, and named by mistake it may be somebody's log. */
export function readStateFor(walk: Run, path: Path): LogrotateState | 'no state' {
  const { voice, world } = walk;
  voice.say('debug', `Reading state from file: ${path}`);
  try {
    const read = path === '/dev/null' ? null : readState(world, path);
    if (read === null) {
      voice.say('debug', `state file ${path} does not exist`);
      return { entries: new Map() };
    }
    if (!read.goodTop) {
      voice.say('error', `bad top line in state file ${path}`);
      voice.say('error', `hint: this is no state file, so it is left as it is and nothing is rotated`);
      return 'no state';
    }
    for (const line of read.badLines) voice.say('error', `bad line ${line} in state file ${path}`);
    if (read.badLines.length > 0) walk.failed = true;
    return read;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    voice.say('error', `error opening state file ${path}; assuming empty state: ${error.message}`);
    walk.failed = true;
    return { entries: new Map() };
  }
}

/** STATE.logmill: opened at the start only where an earlier run has left one. */
export async function openRecord(
  walk: Run,
  path: Path,
  file: StateFile | null,
  when: 'if there is one' | 'anyhow',
): Promise<Ledger | null | 'locked'> {
  const { world, voice } = walk;
  const folder = `${path.startsWith('/') ? path : join(process.cwd(), path)}.logmill`;
  if (when === 'if there is one' && (file === null || world.disk.look.stat(`${folder}/record.db`) === null))
    return null;
  const { openLedger, memoryLedger } = await import('../../ledger/open-ledger.ts');
  if (file === null) return memoryLedger();
  try {
    return await openLedger(folder, 'for writing', world);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    if (error.code === 'ELOCKED' && when === 'if there is one' && walk.options.lock !== 'skip') {
      voice.say('error', error.message);
      return 'locked';
    }
    // Run after run a rotation that fails half way would shift old logs once more, and nobody know of it.
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
      if (when === 'anyhow') throw error;
      voice.say('warning', error.message);
      return memoryLedger('short');
    }
    // Logs are rotated all the same: only what would be interrupted could not be finished.
    voice.say(
      error.code === 'EACCES' || error.code === 'EROFS' ? 'debug' : 'warning',
      `no record is kept of this run: ${error.message}`,
    );
    return memoryLedger();
  }
}

export async function writeState(
  walk: Run,
  state: LogrotateState,
  found: FoundLogs,
  file: StateFile | null,
  when: 'in between' | 'at the end',
): Promise<void> {
  if (file === null) return;
  const { world, voice } = walk;
  let configured: ReadonlySet<Path> | null = null;
  const isThere = (path: Path): boolean => {
    configured ??= new Set(found.logs.map(log => log.path));
    return configured.has(path) && isSeen(path, world);
  };
  // At the end only: a section whose turn is still to come must find its entry.
  if (when === 'at the end') prune(state, isThere, walk.at, world.clock.zone);
  try {
    await file.write(state);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    voice.say('error', `error writing the state file: ${error.message}`);
    walk.failed = true;
  }
}

/** STATE and what lies beside it are no logs, whatever a pattern says (rulings 27). */
export function withoutOwn(world: World, found: FoundLogs, state: Path): FoundLogs {
  const home = idOf(folderOf(state), world);
  const record = idOf(`${state}.logmill`, world);
  const names = new Set([nameOf(state), `${nameOf(state)}.tmp`]);
  const placeOf = (folder: Path) => {
    const id = idOf(folder, world);
    if (id === null) return folder === folderOf(state) ? 'beside STATE' : 'elsewhere';
    return id === home ? 'beside STATE' : id === record ? 'in the record' : 'elsewhere';
  };
  // Logs come folder by folder.
  let last: { readonly folder: Path; readonly place: ReturnType<typeof placeOf> } | null = null;
  const isOwn = (path: Path): boolean => {
    const folder = folderOf(path);
    if (folder !== last?.folder) last = { folder, place: placeOf(folder) };
    return last.place === 'in the record' || (last.place === 'beside STATE' && names.has(nameOf(path)));
  };
  return { ...found, logs: found.logs.filter(({ path }) => !isOwn(path)) };
}

/** Its entry stays where it cannot be told. */
function isSeen(path: Path, world: World): boolean {
  try {
    return world.disk.look.stat(path) !== null;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return true;
  }
}

/** null also where it cannot be looked at: what is done there will say why. */
function idOf(folder: Path, world: World): FileId | null {
  try {
    return world.disk.look.statThrough(folder)?.id ?? null;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return null;
  }
}
