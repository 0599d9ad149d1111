// Whether a generation is compressed from its tail: only where its archive does not fit beside it, and
// only what is cold. Whoever has it open would find it shorter.

import { largestPart, smallestPart } from '../../logs/tail-parts.ts';
import { formatBytes } from '../../units/bytes.ts';
import { deviceOf } from '../../units/identity.ts';
import type { Draft, DraftGeneration, LogDraft } from '../draft.ts';
import type { FromTail, Prediction, Reason } from '../plan.ts';
import { quietBefore } from '../quiet.ts';
import { reasonOf } from '../reason.ts';

/** A few parts' worth. */
const leastRoom = 8 * smallestPart;

export interface TailWay {
  readonly how: FromTail;
  readonly why: Reason;
}

/** null: the ordinary way; wait: another file of that file system has its turn first. */
export function tailWay(
  draft: Draft,
  log: LogDraft,
  generation: DraftGeneration,
  predicted: Prediction | null,
): TailWay | { readonly wait: Reason } | null {
  const { logSet, settings } = log;
  const free = draft.observation.folders.get(logSet.folder)?.free ?? null;
  if (predicted === null || free === null || free < leastRoom) return null;
  const needed = predicted.bytes + predicted.error;
  if (free >= needed || !isCold(draft, log, generation)) return null;
  if (settings.compressor.by !== 'codec' || settings.compressor.codec === 'brotli') return null;
  const room = `its archive takes about ${formatBytes(needed)}, and ${formatBytes(free)} are free`;
  if (isTaken(draft, generation))
    return { wait: reasonOf(logSet.policy, 'compress', `one at a time: ${room}`) };
  const extra = Math.floor(free / 2);
  return {
    how: { part: largestPart, extra },
    why: reasonOf(logSet.policy, 'compress', `part by part from its end: ${room}`),
  };
}

/** No other name shows it, no script is to see it plain, and nobody is known, or to be suspected, to have it open. */
function isCold(
  { moment }: Draft,
  { logSet, settings }: LogDraft,
  { file, fresh }: DraftGeneration,
): boolean {
  if (fresh || file.id === null || file.links !== 1 || settings.leavelive) return false;
  if (settings.scripts.preremove !== undefined || settings.shred) return false;
  return logSet.writers !== null || moment.at - file.modified >= quietBefore;
}

function isTaken({ steps }: Draft, { file }: DraftGeneration): boolean {
  const device = file.id === null ? null : deviceOf(file.id);
  return steps.some(step => {
    if (step.kind !== 'compress' || step.fromTail === undefined || step.file.id === null) return false;
    return deviceOf(step.file.id) === device;
  });
}
