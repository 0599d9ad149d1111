// Plain generations become archives: the fresh one in the log's own lane, those that were left
// over beside it, each in a lane of its own, so that one that cannot be read stops no other.

import { strftime } from '../../units/calendar.ts';
import { join, nameOf, showPath } from '../../units/path.ts';
import {
  addStep,
  type Draft,
  type DraftGeneration,
  endLane,
  generationPath,
  generationRef,
  isFree,
  keep,
  type Lane,
  type LogDraft,
  namesOf,
  sideLane,
} from '../draft.ts';
import type { Prediction, Reason } from '../plan.ts';
import { reasonOf } from '../reason.ts';
import { sayWriters } from '../retain.ts';
import { tailWay } from './from-tail.ts';
import { isLeft } from './prepare.ts';
import { deleteFile } from './remove.ts';
import { madeAs } from './rotate.ts';

export function compress(draft: Draft, log: LogDraft): void {
  const { settings, logSet } = log;
  if (!settings.compress) return;
  const newest = log.generations.find(({ gone }) => !gone);
  // Of those that get a name by their minute the oldest is the first to choose.
  for (const generation of settings.leavelive ? log.generations.toReversed() : log.generations) {
    if (generation.gone || generation.goes !== null || generation.file.codec !== null) continue;
    if (!generation.fresh && isLeft(log, generation.file.mark)) continue;
    if (settings.delaycompress && generation === newest && !log.isShort) {
      generation.stays = reasonOf(
        logSet.policy,
        'delaycompress',
        'the newest generation stays plain until the next rotation',
      );
      continue;
    }
    if (!isHeld(log, generation) && !isCleared(log, generation)) compressOne(draft, log, generation);
  }
}

/** Whoever still writes to it would go on in a file without a name: it waits for a round that finds it free (rulings 8). */
function isHeld({ logSet }: LogDraft, generation: DraftGeneration): boolean {
  const { id } = generation.file;
  const writers = id === null || generation.fresh ? undefined : logSet.held.get(id);
  if (writers === undefined || writers.length === 0) return false;
  generation.stays = reasonOf(
    logSet.policy,
    'compress',
    `${sayWriters(writers)} still writes to it; it is compressed once it is free`,
  );
  return true;
}

/** One plan must not say of a path both that it is deleted and that compression removes it. */
function isCleared({ logSet, cleared }: LogDraft, generation: DraftGeneration): boolean {
  if (!cleared.has(nameOf(generation.file.path))) return false;
  generation.stays = reasonOf(
    logSet.policy,
    'compress',
    'it takes the place of one that is deleted; compressed in the next round',
  );
  return true;
}

function compressOne(draft: Draft, log: LogDraft, generation: DraftGeneration): void {
  const { settings, logSet } = log;
  const { file, fresh } = generation;
  const { compressor } = settings;
  const name = archiveName(draft, log, generation);
  if (!isFree(log, name) || draft.livePaths().has(join(log.folder, name))) {
    blocked(draft, log, generation, name);
    return;
  }
  const lane = fresh ? undefined : sideLane(generationPath(log, file));
  const plain = generationRef(log, generation);
  const predicted = predict(log, generation);
  const tail = tailWay(draft, log, generation, predicted);
  if (tail !== null && 'wait' in tail) {
    generation.stays = tail.wait;
    return;
  }
  const madeBy = addStep(
    draft,
    log,
    tail?.why ?? why(log, generation),
    {
      kind: 'compress',
      file: plain,
      to: join(log.folder, name),
      compressor,
      made: madeAs(file),
      predicted,
      wait: fresh ? logSet.policy.conduct.waitForWriter : 0,
      ...(tail === null ? {} : { fromTail: tail.how }),
      ...(isContested(log, generation) ? { contested: true } : {}),
      ...(fresh && log.rotation?.method !== 'move'
        ? { dated: { modified: file.modified, accessed: file.accessed } }
        : {}),
    },
    lane,
  );
  if (!removesItself(log)) removePlain(draft, log, generation, lane);
  endLane(log, lane);
  const size = predicted?.bytes ?? file.size;
  namesOf(log).delete(nameOf(file.path));
  namesOf(log).add(name);
  const codec = compressor.by === 'codec' ? compressor.codec : 'foreign';
  const mark = log.naming.read(name)?.mark ?? file.mark;
  generation.file = {
    ...file,
    path: join(logSet.folder, name),
    id: null,
    size,
    allocated: size,
    codec,
    mark,
  };
  generation.madeBy = madeBy;
}

/** A number that the log's own program counts up: whatever stands under that name may change at any moment. */
function isContested({ settings }: LogDraft, { file }: DraftGeneration): boolean {
  return settings.leavelive && file.mark.by === 'number';
}

/**
 * The plain name and the ending. What a program numbers by itself leaves its numbering: beside
 * `.3.gz` it would make another `.3`, so the archive is named by the moment of its rotation.
 */
function archiveName(draft: Draft, log: LogDraft, generation: DraftGeneration): string {
  const { file } = generation;
  const { extension } = log.settings.compressor;
  if (!isContested(log, generation)) return nameOf(file.path) + extension;
  const text = strftime(file.rotated, draft.moment.zone, '-%Y%m%d%H%M');
  // Behind all older ones of that minute, also where the first of them are deleted by now.
  const older = log.generations.slice(log.generations.indexOf(generation) + 1);
  const same = older.map(({ file: { mark } }) => (mark.by === 'date' && mark.text === text ? mark.again : 0));
  for (let again = Math.max(0, ...same) + 1; ; again += 1) {
    const name = log.naming.write({ by: 'date', text, at: file.rotated, again }, extension);
    if (isFree(log, name)) return name;
  }
}

/** preremove and shred are also for the plain file, once its archive is whole (semantics 18). */
function removesItself({ settings }: LogDraft): boolean {
  return settings.scripts.preremove === undefined && !settings.shred;
}

function removePlain(draft: Draft, log: LogDraft, generation: DraftGeneration, lane: Lane | undefined): void {
  const reason = reasonOf(log.logSet.policy, 'compress', 'its archive is whole');
  deleteFile(draft, log, generationRef(log, generation), reason, lane);
}

function blocked(draft: Draft, log: LogDraft, generation: DraftGeneration, name: string): void {
  const path = join(log.logSet.folder, name);
  generation.stays = null;
  keep(draft, log.logSet, {
    how: 'trouble',
    path: generationPath(log, generation.file),
    size: generation.file.size,
    why: reasonOf(
      log.logSet.policy,
      'compress',
      `${showPath(path)} is there already, and nothing is overwritten`,
    ),
    hint: `see which of the two is whole (logmill verify ${showPath(path)}), and move the other away`,
  });
}

function why({ logSet, settings, isShort }: LogDraft, { fresh }: DraftGeneration): Reason {
  const { policy } = logSet;
  if (fresh) return reasonOf(policy, 'compress', 'compressed at once');
  if (isShort)
    return reasonOf(
      policy,
      settings.keepfree === null ? null : 'keepfree',
      'the file system is short of room',
    );
  if (settings.delaycompress) return reasonOf(policy, 'delaycompress', 'the delay is over');
  return reasonOf(policy, 'compress', 'left plain by an earlier round');
}

export function predict({ logSet }: LogDraft, { file, fresh }: DraftGeneration): Prediction | null {
  const id = fresh ? (logSet.live?.id ?? null) : file.id;
  const sample = id === null ? undefined : logSet.samples.get(id);
  if (sample === undefined) return null;
  const bytes = Math.round(file.size * sample.ratio);
  return { bytes, error: Math.round(bytes * sample.error) };
}
