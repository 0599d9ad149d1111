// Signs by which a law knows that a discrepancy is what it is about.

import { type Case, isOn, numberOf } from './case.ts';
import { shown } from './compare.ts';
import type { LeftFile } from './look.ts';
import {
  errorsOf,
  logsOf,
  type Mark,
  markOf,
  oldLogs,
  oldTexts,
  type Place,
  placeOf,
  type Seen,
  sectionText,
  textsKept,
} from './place.ts';

/** A number of its section is larger than logrotate's own can be: nothing is done of it here. */
export function isOutOfRange(place: Place): boolean {
  const isHuge = (lines: readonly string[]): boolean => lines.some(line => /\d{10}/.test(line));
  const { of, seen } = place;
  const huge = seen.case.configs.flatMap(({ sections }) => sections.filter(({ lines }) => isHuge(lines)));
  if (of === 'exit') return huge.length > 0 && place.theirs === '0' && place.ours === '1';
  const isDropped = of === 'state' && place.ours === null;
  if (place.ours !== asBefore(place) && !isDropped) return false;
  const logs = new Set(huge.flatMap(({ patterns }) => patterns.flatMap(one => one.logs)));
  const unmatched = huge.some(({ patterns }) => patterns.some(({ text }) => text === `@/${place.at}`));
  return isAboutOne(place, log => logs.has(log)) || (of === 'state' && unmatched);
}

/** Renamed where logrotate copies, so that it keeps its date; and also where a postrotate failed. */
export function isRenamedTwice(place: Place): boolean {
  const { of, at, log, settings, theirs, ours, seen } = place;
  if (log === null || !isOn(settings, 'renamecopy')) return false;
  const undated = (text: string | null): string | undefined => text?.replace(/ day \S+ read \S+/, '');
  const isOfNow = textOf(seen.theirs, at) === textOf(seen.before, log);
  if (of === 'file' && theirs !== null && isOfNow && undated(theirs) === undated(ours)) return true;
  // With the date of its last line, and not of a copy, it is sooner too old.
  const isTooOld = place.old !== null && !Number.isNaN(numberOf(settings, 'maxage', Number.NaN));
  if (isTooOld && (of === 'file' ? ours === null : isLeaving(place) && theirs === null)) return true;
  const isLeft = seen.theirs.files[`${log}.tmp`] !== undefined;
  return isLeft && (of === 'call' || (of === 'file' && (at === `${log}.tmp` || losesNothing(place))));
}

/** What a file holds, also when it is packed. */
export function textOf({ files }: Seen['before'], name: string): string | undefined {
  return files[name]?.content.replace(/^(gzip|xz): /, '');
}

/** Nothing of it was touched in ours, and in theirs only what is prepared before prerotate. */
export function isNotRotated({ log, seen }: Place): boolean {
  if (log === null) return false;
  const { before, theirs, ours } = seen;
  const [was, there, here] = [before, theirs, ours].map(({ files }) => shown(files[log]));
  return was === there && was === here && !ours.said.includes(`rotating log @/${log}\n`);
}

/** What stands for a file, an entry or a call when nothing was done. */
export function asBefore({ of, at, seen }: Place): string | null {
  if (of === 'state') return seen.before.state[at] ?? null;
  return of === 'file' ? shown(seen.before.files[at]) : null;
}

/**
 * A pattern that also matches old logs of its own, which logrotate takes for logs: it is about one of them, or
 * about a script that ran for them. With sharedscripts what fails for one is held against the whole section.
 */
export function isAboutEaten({ of, at, log, old, settings, seen }: Place): boolean {
  const eaten = logsOf(seen.case).filter(one => eatenOf(one, seen).length > 0);
  if (eaten.length === 0) return false;
  const sections = eaten.map(one => sectionText(seen.case, one));
  const fails = errorsOf(seen.theirs).some(line =>
    eaten.some(one => eatenOf(one, seen).some(name => line.includes(`@/${name}`))),
  );
  if (of === 'call' && sections.some(text => at.includes(`[${text}]`))) return true;
  if (log !== null) {
    const isHeldAgainst = fails && isOn(settings, 'sharedscripts');
    return (
      (eaten.includes(log) && old !== null) ||
      (isHeldAgainst && sections.includes(sectionText(seen.case, log)))
    );
  }
  return of === 'exit' && fails && seen.theirs.exit === 1;
}

/** Old logs of it that its own pattern matches. */
function eatenOf(log: string, { case: one, before }: Seen): string[] {
  const pattern = /(^|~)@\/(d\/)?\*/.exec(sectionText(one, log) ?? '');
  if (pattern === null) return [];
  const names = oldLogs(log, before).map(([name]) => name);
  return names.filter(name => (pattern[2] === 'd/' ? name.startsWith('d/') : /^[^/]*\.log$/.test(name)));
}

/** It is about an old log that is just as old as its policy says, or about what stands in its place on one side. */
export function isAtMaxage({ of, at, log, settings, seen }: Place): boolean {
  if (log === null) return false;
  const maxage = numberOf(settings, 'maxage', Number.NaN);
  const these = oldLogs(log, seen.before)
    .filter(([, { modified }]) => Math.floor((seen.now - modified) / 86_400) === maxage)
    .map(([name]) => textOf(seen.before, name));
  if (of === 'call') return these.length > 0;
  const texts = [textOf(seen.theirs, at), textOf(seen.ours, at)];
  return texts.some(text => text !== undefined && these.includes(text));
}

/** What logrotate has left and we have not was the last that is counted, or older than the policy keeps, and fits. */
export function losesWhatIsDue({ log, settings, seen }: Place, fits: (mark: Mark) => boolean): boolean {
  if (log === null) return false;
  const rotate = numberOf(settings, 'rotate', 0);
  const last = rotate < 0 ? Number.POSITIVE_INFINITY : numberOf(settings, 'start', 1) + rotate - 1;
  const maxage = numberOf(settings, 'maxage', Number.POSITIVE_INFINITY);
  const due = oldLogs(log, seen.before).flatMap(([name, { modified }]) => {
    const mark = markOf(log, name);
    if (mark === null || !fits(mark)) return [];
    const isOver = (mark.number ?? -1) >= last || seen.now - modified > maxage * 86_400;
    return isOver ? [textOf(seen.before, name)] : [];
  });
  const ours = textsKept(log, seen.ours);
  return textsKept(log, seen.theirs).every(text => ours.includes(text) || due.includes(text));
}

/** What is called for an old log that goes. */
export function isLeaving({ at, old }: Place): boolean {
  return old !== null && /^(\[preremove\]|mail )/.test(at);
}

/** It is about a log that fits, about one of its old logs, or a script of its section. */
export function isAboutOne({ of, at, log, seen }: Place, fits: (log: string) => boolean): boolean {
  if (log !== null) return fits(log);
  if (of !== 'call') return false;
  return logsOf(seen.case).some(one => at.includes(`[${sectionText(seen.case, one)}]`) && fits(one));
}

export function isSame(log: string, one: Seen['before'], other: Seen['before']): boolean {
  return one.files[log]?.content === other.files[log]?.content;
}

/** A week that clocks were put forward in is an hour short, and logrotate waits for another day. */
export function isDelayedByClocks(log: string, seen: Seen): boolean {
  const last = /^(\d+)-(\d+)-(\d+)-(\d+)/.exec(seen.before.state[log] ?? '');
  if (last === null || !/^weekly/m.test(allLines(seen.case).join('\n'))) return false;
  const [, year, month, day, hour] = last.map(Number);
  const then = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour);
  const ahead = (at: number): number => {
    const shown = new Date(new Date(at).toLocaleString('en-US', { timeZone: seen.case.zone }));
    return shown.getTime() - new Date(new Date(at).toLocaleString('en-US', { timeZone: 'UTC' })).getTime();
  };
  const isForward = ahead(seen.now * 1000) > ahead(then);
  return isForward && isSame(log, seen.before, seen.theirs) && !isSame(log, seen.before, seen.ours);
}

/** The last that is counted stood where the one before it went. */
export function wasPushedOut({ log, settings, seen }: Place): boolean {
  if (log === null) return false;
  const last = numberOf(settings, 'start', 1) + numberOf(settings, 'rotate', 0);
  const numbers = oldLogs(log, seen.before).map(([name]) => markOf(log, name)?.number);
  return numbers.includes(last) && numbers.includes(last - 1);
}

/** Also a letter: with mailfirst its subject is the log itself. */
export function isAboutOld({ of, at, old }: Place): boolean {
  return of === 'call' ? old !== null || at.startsWith('mail ') : of === 'file' && old !== null;
}

/** At least as many of the log's old logs are there as logrotate has left, or as the policy counts. */
export function losesNothing({ log, settings, seen }: Place): boolean {
  if (log === null) return false;
  const rotate = numberOf(settings, 'rotate', 0);
  const theirs = textsKept(log, seen.theirs).length;
  return textsKept(log, seen.ours).length >= Math.min(theirs, rotate < 0 ? theirs : rotate);
}

/** Every old log that logrotate has left is there, and every one that was there before. */
export function keepsAll({ log, seen }: Place): boolean {
  if (log === null) return false;
  const ours = oldTexts(log, seen.ours);
  return [...oldTexts(log, seen.theirs), ...oldTexts(log, seen.before)].every(text => ours.includes(text));
}

export function hasPlainOld({ log, seen }: Place): boolean {
  return log !== null && oldLogs(log, seen.before).some(([name]) => markOf(log, name)?.packed === false);
}

export function hasFirst({ log, settings, seen }: Place): boolean {
  const start = numberOf(settings, 'start', 1);
  return log !== null && oldLogs(log, seen.before).some(([name]) => markOf(log, name)?.number === start);
}

export function isDevice(file: LeftFile | undefined): boolean {
  return file?.content === 'a device';
}

export function isFolder(text: string | null): boolean {
  return text?.startsWith('"a folder"') ?? false;
}

function allLines({ configs }: Case): string[] {
  return configs.flatMap(({ globals, sections }) => [...globals, ...sections.flatMap(one => one.lines)]);
}

export function isOlddir(one: Case, name: string): boolean {
  return makersOf(one, name) > 0;
}

/** Whoever comes first gives it its mode: with logrotate the first section, here the first that rotates. */
export function hasTwoMakers(one: Case, name: string): boolean {
  return makersOf(one, name) > 1;
}

/** How many sections make this folder, or one in it. */
function makersOf(one: Case, name: string): number {
  return allLines(one).filter(line => {
    const folder = /^olddir (\S+)[\s\S]*createolddir/.exec(line)?.[1];
    if (folder === undefined) return false;
    return folder.startsWith(`${name}/`) || `/${name}`.endsWith(`/${folder}`) || /\bz$/.test(name);
  }).length;
}

/** The moment of the run, as the state file has it, to the minute. */
export function stamp({ now, case: { zone } }: Seen): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(now * 1000);
  const part = (type: string): number => Number(parts.find(one => one.type === type)?.value);
  return `${part('year')}-${part('month')}-${part('day')}-${part('hour')}:${part('minute')}`;
}

/** We left the log as it was. */
export function isLeftAlone(log: string, { before, ours }: Seen): boolean {
  return before.files[log]?.content === ours.files[log]?.content;
}

export function lastBefore(log: string, { before, ...seen }: Seen): string {
  return before.state[log] ?? stamp(seen as Seen).replace(/:\d+$/, ':0');
}

/** Calls without those for what logrotate has go before its log is moved, or twice. */
export function withoutEarly(calls: string | null, seen: Seen): string {
  const isEarly = (line: string): boolean => {
    const place = placeOf({ of: 'call', at: line, theirs: null, ours: null }, seen);
    return /^(\[preremove\]|mail )/.test(line) && goesEarly(place);
  };
  return (calls ?? '')
    .split('\n')
    .filter(line => !isEarly(line))
    .join('\n');
}

/** What lies over the count or the age; what was left plain; what is compressed for nothing. */
function goesEarly(place: Place): boolean {
  const { settings } = place;
  if (isOn(settings, 'dateext', 'maxage', 'delaycompress')) return true;
  return isOn(settings, 'compress') && (numberOf(settings, 'rotate', 0) === 0 || hasPlainOld(place));
}

/** An hour that clocks leave out is written as the one that follows. */
export function isLeftOutHour({ of, at, theirs, ours, seen }: Place): boolean {
  if (of !== 'state' || ours !== seen.before.state[at]) return false;
  const hour = (text: string | null): number => Number(/-(\d+):/.exec(text ?? '')?.[1]);
  return hour(theirs) === hour(ours) + 1;
}

/** As many scripts and letters for what goes as logrotate has, under whatever names. */
export function leavesAsOften({ log, seen }: Place): boolean {
  const count = ({ calls }: Seen['before']): number =>
    calls.filter(at => {
      const place = placeOf({ of: 'call', at, theirs: null, ours: null }, seen);
      return place.log === log && isLeaving(place);
    }).length;
  return count(seen.theirs) === count(seen.ours);
}
