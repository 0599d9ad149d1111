// `logmill cat LOG`: the whole log as one stream, oldest first, exact to the byte; or its lines of
// an asked time, or its last ones.

import { joinedParts, lastBytes, linesWithin, type TellDamage } from '../../archive/cut-lines.ts';
import { passing } from '../../archive/open-archive.ts';
import type { OpenLog } from '../../archive/read-log.ts';
import { partsWithin } from '../../archive/time-range.ts';
import type { Bytes } from '../../units/bytes.ts';
import type { World } from '../../world/world.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openKept } from '../open-kept.ts';
import { drained, type Output, Stop, sayTrouble } from '../output.ts';
import { barFor, type KeptLog, noTimes, sizeOnDisk, type TimeOptions, timesOf } from '../reading.ts';

export interface CatOptions extends TimeOptions {
  readonly last?: Bytes | undefined;
}

/** @returns 3 when a generation was damaged: what could be read was given */
export async function catCommand(
  world: World,
  log: string,
  options: CatOptions,
  output: Output,
): Promise<ExitCode> {
  const times = timesOf(world, options);
  if (options.last !== undefined && times.range !== null)
    throw new Stop('usage', '--last goes without --since and --until');
  const { signal } = output.gone;
  const bar = barFor('cat', 'as it comes', world, output);
  const { kept, log: opened } = await openKept(world, log, {
    signal,
    shell: world.shell,
    whenRead: bar.read,
  });
  const isWhole = options.last === undefined && times.range === null;
  bar.expect(isWhole ? sizeOnDisk(kept) : null);
  let exit: ExitCode = exitCodes.done;
  const tell: TellDamage = (_, error) => {
    exit = exitCodes.partly;
    bar.hide();
    sayTrouble(output, error);
  };
  try {
    const chunks = await chunksOf(opened, { kept, times, last: options.last, tell, signal });
    for await (const chunk of chunks) {
      await drained(process.stdout, chunk);
      if (signal.aborted) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    bar.hide();
    await opened.close();
  }
  return signal.aborted ? exitCodes.done : exit;
}

interface Asked {
  readonly kept: KeptLog;
  readonly times: ReturnType<typeof timesOf>;
  readonly last: Bytes | undefined;
  readonly tell: TellDamage;
  readonly signal: AbortSignal;
}

async function chunksOf({ parts }: OpenLog, asked: Asked): Promise<AsyncIterable<Uint8Array>> {
  const { times, tell, signal } = asked;
  if (asked.last !== undefined) return lastBytes(parts, asked.last, tell, signal);
  if (times.range === null) {
    const whole = parts.map(part => ({ part, chunks: (stop?: AbortSignal) => part.plain(stop, passing) }));
    return joinedParts(whole, tell, signal);
  }
  const timed = await partsWithin(parts, times.range, times.dated);
  if (!timed.dated && parts.some(part => part.file.size > 0)) throw noTimes(asked.kept.path);
  return linesWithin(timed.parts, times.range, tell, signal);
}
