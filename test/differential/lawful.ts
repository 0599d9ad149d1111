// The differences that may be. Each is a row of the door's table of differences
// (src/cli/logrotate/differences.ts) under its name there, and says exactly what of a run it explains.

import { inForceFor, isOn, numberOf } from './case.ts';
import type { Discrepancy } from './compare.ts';
import { errorsOf, type Place, placeOf, type Seen } from './place.ts';
import {
  couldNotGo,
  failsToCompress,
  hasFailedBeside,
  isAfterFaultyFile,
  isDropped,
  isErrorOf,
  isHarmless,
  isInTheWay,
  isNotShredded,
  isOfCompressor,
  isOfLog,
  isOfWhatIsNotMade,
  isSeenTo,
  isSkipped,
  isStoppedBySurplus,
  isTaken,
  saysInTheWay,
} from './said.ts';
import {
  asBefore,
  hasFirst,
  hasPlainOld,
  hasTwoMakers,
  isAboutEaten,
  isAboutOld,
  isAboutOne,
  isAtMaxage,
  isDelayedByClocks,
  isDevice,
  isFolder,
  isLeaving,
  isLeftAlone,
  isLeftOutHour,
  isNotRotated,
  isOlddir,
  isOutOfRange,
  isRenamedTwice,
  isSame,
  keepsAll,
  lastBefore,
  leavesAsOften,
  losesNothing,
  losesWhatIsDue,
  stamp,
  wasPushedOut,
  withoutEarly,
} from './signs.ts';

interface Lawful {
  readonly name: string;
  /** The two are still in the same place: the next run begins where each of them stands. */
  readonly goesOn?: true;
  explains(place: Place): boolean;
}

export const lawful: readonly Lawful[] = [
  { name: 'pattern argument', goesOn: true, explains: ({ of }) => of === 'blank' },
  {
    name: 'olddir when needed',
    goesOn: true,
    explains: ({ of, at, theirs, ours, seen }) =>
      of === 'file' &&
      isFolder(theirs) &&
      (ours === null ? isOlddir(seen.case, at) : isFolder(ours) && hasTwoMakers(seen.case, at)),
  },
  {
    name: 'olddir mode',
    goesOn: true,
    explains: ({ of, at, theirs, ours, seen }) =>
      of === 'file' &&
      isFolder(theirs) &&
      isOlddir(seen.case, at) &&
      ours === theirs?.replace('mode 7777', 'mode 755'),
  },
  {
    name: 'dry run',
    goesOn: true,
    explains: ({ of, at, theirs, ours, seen }) =>
      seen.case.args.includes('-d') &&
      ((of === 'call' && ours === null && at.startsWith('mail ')) ||
        (of === 'exit' && theirs === '1' && errorsOf(seen.theirs).every(isOfWhatIsNotMade))),
  },
  {
    name: 'dry run',
    explains: place =>
      place.seen.case.args.includes('-d') && place.of === 'file' && place.ours === asBefore(place),
  },
  {
    name: 'taboo endings',
    goesOn: true,
    explains: ({ of, log, theirs, seen }) =>
      of === 'exit'
        ? theirs === '1' && errorsOf(seen.theirs).every(line => /@\/i\/app\.(new|old|orig)\.l/.test(line))
        : log !== null && /^i\/app\.(new|old|orig)\.l$/.test(log),
  },
  {
    name: 'entries of what is skipped',
    explains: ({ of, at, theirs, ours, seen }) =>
      of === 'state' &&
      seen.case.isOpen &&
      at.startsWith('d/') &&
      theirs === null &&
      ours === seen.before.state[at],
  },
  {
    name: 'failed rotation',
    explains: ({ of, at, theirs, ours, seen }) =>
      of === 'state' &&
      theirs === stamp(seen) &&
      (isLeftAlone(at, seen) || seen.ours.files[`${at}.tmp`] !== undefined) &&
      ours === lastBefore(at, seen),
  },
  {
    name: 'olddir fault',
    explains: place =>
      isDropped(place, /error verifying (olddir|log file) path/) ||
      (place.of === 'exit' &&
        place.theirs === '1' &&
        errorsOf(place.seen.theirs).some(line => /error verifying (olddir|log file) path/.test(line))),
  },
  { name: 'numbers out of range', explains: isOutOfRange },
  {
    name: 'special files',
    explains: place =>
      place.of === 'exit'
        ? place.theirs === '1' && Object.values(place.seen.before.files).some(isDevice)
        : place.ours === asBefore(place) && isAboutOne(place, log => isDevice(place.seen.before.files[log])),
  },
  { name: 'shred of several names', explains: isNotShredded },
  { name: 'renamecopy', explains: isRenamedTwice },
  { name: 'globals of a faulty file', explains: isAfterFaultyFile },
  { name: 'never overwritten', explains: place => place.log !== null && couldNotGo(place) },
  { name: 'daylight saving', explains: isLeftOutHour },
  {
    name: 'surplus goes last',
    explains: place =>
      isAboutOld(place) &&
      keepsAll(place) &&
      errorsOf(place.seen.theirs).some(
        line =>
          /error running (preremove|non-shared postrotate|shared postrotate)|failed to compress/.test(line) &&
          isErrorOf(place.log, line, place.seen),
      ),
  },
  {
    name: 'surplus goes last',
    explains: place => isAboutOne(place, log => isStoppedBySurplus(log, place.seen)),
  },
  {
    name: 'prerotate before all',
    explains: place =>
      isAboutOld(place) &&
      place.ours === asBefore(place) &&
      isNotRotated(place) &&
      errorsOf(place.seen.theirs).some(
        line => /error running (non-)?shared prerotate/.test(line) || isOn(place.settings, 'sharedscripts'),
      ),
  },
  {
    name: 'surplus goes last',
    goesOn: true,
    explains: ({ of, theirs, ours, seen }) =>
      of === 'order' && withoutEarly(theirs, seen) === withoutEarly(ours, seen),
  },
  {
    name: 'surplus goes last',
    goesOn: true,
    explains: place =>
      place.of === 'call' && isLeaving(place) && isOn(place.settings, 'maxage') && leavesAsOften(place),
  },
  {
    name: 'delayed compression',
    goesOn: true,
    explains: place =>
      place.of === 'call' &&
      isLeaving(place) &&
      isOn(place.settings, 'delaycompress') &&
      leavesAsOften(place),
  },
  {
    name: 'delayed compression',
    explains: place =>
      isAboutOne(place, log => {
        const { seen } = place;
        const isDelayed = isOn(inForceFor(seen.case, log), 'delaycompress');
        return isDelayed && failsToCompress(log, seen) && !isTaken(log, seen.theirs);
      }),
  },
  {
    name: 'daylight saving',
    explains: place => isAboutOne(place, log => isDelayedByClocks(log, place.seen)),
  },
  { name: 'own archives', explains: isAboutEaten },
  {
    name: 'never overwritten',
    explains: place =>
      place.seen.ours.exit === 1 &&
      (place.of === 'exit'
        ? saysInTheWay(place.seen)
        : isInTheWay(place) && (place.log === null || losesNothing(place))),
  },
  {
    name: 'never overwritten',
    goesOn: true,
    explains: place =>
      place.of === 'call' && place.theirs === null && isLeaving(place) && wasPushedOut(place),
  },
  {
    name: 'rotate -1 start 0',
    explains: place =>
      isAboutOld(place) &&
      numberOf(place.settings, 'rotate', 0) === -1 &&
      numberOf(place.settings, 'start', 1) === 0 &&
      keepsAll(place),
  },
  {
    name: 'copy with renamecopy',
    explains: place =>
      (place.of === 'exit' && errorsOf(place.seen.theirs).some(line => /\.tmp: No such file/.test(line))) ||
      isAboutOne(place, log => {
        const settings = inForceFor(place.seen.case, log);
        return (
          isOn(settings, 'copy') &&
          isOn(settings, 'renamecopy') &&
          isSame(log, place.seen.before, place.seen.ours)
        );
      }),
  },
  {
    name: 'sharedscripts after a failure',
    explains: place =>
      place.log !== null &&
      isOn(place.settings, 'sharedscripts') &&
      hasFailedBeside(place) &&
      losesNothing(place),
  },
  {
    name: 'rotate 0 leftovers',
    explains: place =>
      isAboutOld(place) &&
      numberOf(place.settings, 'rotate', 0) === 0 &&
      !place.at.startsWith('[postrotate]') &&
      (isOn(place.settings, 'dateext') ? place.ours === null || place.of === 'call' : keepsAll(place)),
  },
  {
    name: 'compressed to be removed',
    goesOn: true,
    explains: ({ of, at, theirs, settings, old, seen }) =>
      of === 'exit'
        ? theirs === '1' && errorsOf(seen.theirs).every(line => isHarmless(line) || isOfCompressor(line))
        : of === 'call' &&
          (old !== null || at.startsWith('mail ')) &&
          isOn(settings, 'compress') &&
          numberOf(settings, 'rotate', 0) === 0,
  },
  {
    name: 'compressed to be removed',
    explains: place =>
      isAboutOld(place) &&
      numberOf(place.settings, 'rotate', 0) === 0 &&
      failsToCompress(place.log, place.seen),
  },
  {
    name: 'scripts without a rotation',
    goesOn: true,
    explains: ({ of, at, ours, seen }) =>
      of === 'call' &&
      ours === null &&
      /^\[(first|last)action\]|^\[prerotate\]/.test(at) &&
      isSkipped(at, seen),
  },
  {
    name: 'brackets in names',
    explains: place =>
      isAboutOld(place) &&
      (isOn(place.settings, 'dateext') || numberOf(place.settings, 'rotate', 0) === -1) &&
      /[[\\]/.test(place.log ?? ''),
  },
  {
    name: 'brackets in names',
    explains: ({ of, at, theirs, ours }) =>
      of === 'state' && /[[\\]/.test(at) && (theirs === null || ours === null),
  },
  {
    name: 'plain leftover',
    explains: place =>
      isAboutOld(place) &&
      isOn(place.settings, 'compress') &&
      hasPlainOld(place) &&
      (place.of === 'call' || isSeenTo(place)) &&
      (losesNothing(place) || losesWhatIsDue(place, ({ packed }) => !packed)),
  },
  {
    name: 'whole days',
    explains: place =>
      isAboutOld(place) &&
      isAtMaxage(place) &&
      (losesNothing(place) || losesWhatIsDue(place, ({ number }) => number !== null)),
  },
  {
    name: 'failed copy',
    explains: place =>
      isAboutOld(place) &&
      isOn(place.settings, 'copy', 'copytruncate') &&
      !isOn(place.settings, 'dateext') &&
      !hasFirst(place) &&
      losesNothing(place),
  },
  {
    name: 'mail of what is plain',
    explains: place =>
      isOn(place.settings, 'mail') || place.of === 'exit'
        ? errorsOf(place.seen.theirs).some(
            line => line.includes('uncompress command failed mailing') && isOfLog(place, line),
          )
        : false,
  },
  {
    name: 'copies with rotate 0',
    explains: ({ of, at, theirs, settings, seen }) =>
      of === 'exit'
        ? theirs === '1' &&
          errorsOf(seen.ours).every(isHarmless) &&
          errorsOf(seen.theirs).every(
            line => isHarmless(line) || /(for compression|for mailing): No such/.test(line),
          )
        : of === 'call' &&
          /^mail |^\[preremove\]/.test(at) &&
          theirs === null &&
          isOn(settings, 'copy', 'copytruncate') &&
          isOn(settings, 'mail') &&
          numberOf(settings, 'rotate', 0) === 0,
  },
];

/** Whether the two are where they were before, but for what has no effect on the next run. */
export function isInOnePlace(explained: ReadonlySet<string>): boolean {
  return lawful.every(({ name, goesOn }) => goesOn === true || !explained.has(name));
}

/** Names of what explains the discrepancies, and those that nothing explains. */
export function judge(
  discrepancies: readonly Discrepancy[],
  seen: Seen,
): { explained: Set<string>; left: Discrepancy[] } {
  const explained = new Set<string>();
  const left = discrepancies.filter(one => {
    const place = placeOf(one, seen);
    const law = lawful.find(candidate => candidate.explains(place));
    if (law !== undefined) explained.add(law.name);
    return law === undefined;
  });
  return { explained, left };
}
