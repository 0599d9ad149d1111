// Signs in what the two said: of which log an error is, and what it keeps from being done.

import { inForceFor, isOn } from './case.ts';
import { errorsOf, logsOf, markOf, type Place, type Seen, sectionText } from './place.ts';
import { isAboutOne, isSame, losesNothing, losesWhatIsDue, textOf, wasPushedOut } from './signs.ts';

/** An error is about a log, one of its old logs, or the scripts of its section. */
export function isErrorOf(log: string | null, line: string, { case: one }: Seen): boolean {
  if (log === null) return false;
  // A pattern of several lines is cut off at the first of them.
  const patterns = sectionText(one, log)?.split('~')[0] ?? '';
  const names = [...line.matchAll(/@\/([^:']*?)(?= of '| for |: |$)/g)].map(([, name = '']) => name);
  return (
    names.some(name => name === log || markOf(log, name) !== null) ||
    (patterns !== '' && line.includes(`'${patterns}`))
  );
}

/** We said of the log, of one of its old logs, or of a log that shares its scripts, that something has its name. */
export function isInTheWay(place: Place): boolean {
  const { seen } = place;
  const told = errorsOf(seen.ours).filter(line => /in the way|is there already|already exists/.test(line));
  const isTold = (log: string): boolean => {
    const name = RegExp.escape(log.slice(log.lastIndexOf('/') + 1).replace(/\.log$/, ''));
    return told.some(line => new RegExp(`/${name}(\\.log)?([-._:]|$)`).test(line.replaceAll('\\n', '\n')));
  };
  return isAboutOne(place, log => {
    const section = sectionText(seen.case, log);
    const shares = isOn(inForceFor(seen.case, log), 'sharedscripts');
    return (
      isTold(log) ||
      (shares && logsOf(seen.case).some(one => sectionText(seen.case, one) === section && isTold(one)))
    );
  });
}

/** Whoever it is called for, both leave since its new name is taken. */
export function isSkipped(call: string, { case: one, theirs, ours }: Seen): boolean {
  const skipped = logsOf(one).filter(log =>
    [...errorsOf(theirs), ...errorsOf(ours)].some(
      line =>
        line.includes('already exists, skipping rotation') &&
        line.includes(
          `/${log
            .split('/')
            .at(-1)
            ?.replace(/\.log$/, '')}`,
        ),
    ),
  );
  return skipped.some(log => call.includes(`[@/${log}]`) || call.includes(`[${sectionText(one, log)}]`));
}

export function failsToCompress(log: string | null, { theirs }: Seen): boolean {
  if (log === null) return false;
  return errorsOf(theirs).some(line => {
    // A plain file that its preremove keeps is as good as not compressed.
    const name =
      /^error: (?:failed to compress log|error running preremove script for) @\/(.*?)( of '.*)?$/.exec(
        line,
      )?.[1];
    return name !== undefined && markOf(log, name) !== null;
  });
}

/** It got as far as moving or copying the log. */
export function isTaken(log: string, { said }: Seen['theirs']): boolean {
  return said.includes(`renaming @/${log} to `) || said.includes(`copying @/${log} to `);
}

/** An error that changes nothing: it does not even change the exit status. */
export function isHarmless(line: string): boolean {
  return /last rotated .*in the future/.test(line);
}

export function isOfCompressor(line: string): boolean {
  return /^error: (Compressing program wrote|cannot execute compress command|failed to compress log)/.test(
    line,
  );
}

/** What was to be removed before the log was moved could not be, so that theirs was not moved at all. */
export function isStoppedBySurplus(log: string, seen: Seen): boolean {
  const stopped = errorsOf(seen.theirs).some(line => {
    const name = /^error: error running preremove script for @\/(.*?) of '/.exec(line)?.[1];
    return name !== undefined && markOf(log, name) !== null;
  });
  return stopped && isSame(log, seen.before, seen.theirs) && !isSame(log, seen.before, seen.ours);
}

/** The error is about one of the log's files, or the place is about no log. */
export function isOfLog({ log }: Place, line: string): boolean {
  const name = /@\/(.*)$/.exec(line)?.[1];
  return log === null || (name !== undefined && markOf(log, name) !== null);
}

/** We have not shredded the log, since it has another name. */
export function isNotShredded({ of, at, log, seen }: Place): boolean {
  return Object.entries(seen.case.files).some(
    ([name, { link }]) =>
      link !== null &&
      (of === 'exit' || log === name || at === link) &&
      errorsOf(seen.ours).some(
        line =>
          /has \d+ names, and shredding it/.test(line) && isErrorOf(name, line.replace(' has ', ': '), seen),
      ),
  );
}

/** All that we have to say against it is that a name is taken. */
export function saysInTheWay({ ours, theirs }: Seen): boolean {
  const known = /in the way|is there already|already exists|in the future|error: [^ ]*:? ?hint:|: hint: /;
  return theirs.exit === 0 && errorsOf(ours).every(line => known.test(line));
}

/** Something went wrong for another log of its section, after the first was moved. */
export function hasFailedBeside({ log, seen }: Place): boolean {
  if (log === null) return false;
  const section = sectionText(seen.case, log);
  const others = logsOf(seen.case).filter(one => one !== log && sectionText(seen.case, one) === section);
  // What fails before anything is begun has both leave the section.
  const errors = errorsOf(seen.theirs).filter(line => !/^error: (stat of|skipping) /.test(line));
  return others.some(one => failsToCompress(one, seen) || errors.some(line => isErrorOf(one, line, seen)));
}

/** Our preremove for what was pushed out failed, so that it stands in the way. */
export function couldNotGo(place: Place): boolean {
  const { log, seen } = place;
  const failed = errorsOf(seen.ours).some(
    line => /error running preremove script/.test(line) && isErrorOf(log, line, seen),
  );
  return failed && wasPushedOut(place);
}

/** Logrotate has put all globals back after a fault in a file before, which had some. */
export function isAfterFaultyFile(place: Place): boolean {
  const { of, at, log, seen } = place;
  const { configs } = seen.case;
  const faulty = configs.findIndex(({ globals }, number) => {
    const fault = new RegExp(`^error: @/${number}\\.conf:\\d+ (?!unknown option)`);
    return globals.length > 0 && errorsOf(seen.theirs).some(line => fault.test(line));
  });
  if (faulty < 0) return false;
  const last = new Set([
    ...configs
      .slice(faulty + 1)
      .flatMap(({ sections }) => sections.flatMap(({ patterns }) => patterns.flatMap(({ logs }) => logs))),
    ...Object.keys(seen.case.included).map(name => `i/${name}.l`),
  ]);
  if (log !== null) return last.has(log) && (losesNothing(place) || losesWhatIsDue(place, () => true));
  return (
    of === 'order' ||
    (of === 'call' &&
      [...last].some(one => at.includes(`@/${one}`) || at.includes(`[${sectionText(seen.case, one)}]`)))
  );
}

/** The section was left out, and with it all that follow in its file. */
export function isDropped(place: Place, fault: RegExp): boolean {
  const { seen } = place;
  if (!fault.test(seen.theirs.said)) return false;
  return isAboutOne(place, log => !seen.theirs.said.includes(`considering log @/${log}\n`));
}

/** A dry run of logrotate's looks for files that it would have made. */
export function isOfWhatIsNotMade(line: string): boolean {
  return isHarmless(line) || /( for mailing|error opening @\/\S+): No such file/.test(line);
}

/** What was left plain is an archive afterwards, but for the newest where that is delayed. */
export function isSeenTo({ at, ours, settings, log, seen }: Place): boolean {
  if (ours === null || log === null || /^"(gzip|xz): /.test(ours)) return true;
  if (isOn(settings, 'delaycompress') && textOf(seen.ours, at) === textOf(seen.before, log)) return true;
  return errorsOf(seen.ours).some(line => isErrorOf(log, line, seen));
}
