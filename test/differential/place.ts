// A discrepancy with what is known of the log that it is about: what the laws look at.

import { type Case, type InForce, inForceFor } from './case.ts';
import type { Discrepancy } from './compare.ts';
import type { Left, LeftFile } from './look.ts';
import type { Both } from './run-both.ts';

export interface Seen extends Both {
  readonly case: Case;
}

export interface Place extends Discrepancy {
  readonly seen: Seen;
  readonly log: string | null;
  readonly settings: InForce | null;
  /** The old log of `log` that a file or a call is about. */
  readonly old: string | null;
}

export function placeOf(one: Discrepancy, seen: Seen): Place {
  const name = nameIn(one, seen);
  const log = name === null ? null : logOf(seen.case, name);
  const old = name !== null && log !== name && log !== null ? name : null;
  return { ...one, seen, log, settings: log === null ? null : inForceFor(seen.case, log), old };
}

/** The file that it is about: of a call the last of its words that is one. */
function nameIn({ of, at }: Discrepancy, { case: one }: Seen): string | null {
  if (of === 'file' || of === 'state') return at;
  if (of !== 'call') return null;
  // Calls are written down a line each, so that a newline in a name is a tilde there.
  const words = [...at.matchAll(/\[@\/(.*?)\](?= |\[|$)/g)].map(([, name = '']) =>
    logOf(one, name) === null ? name.replaceAll('~', '\n') : name,
  );
  return words.findLast(name => logOf(one, name) !== null) ?? null;
}

export function logsOf({ configs, included }: Case): string[] {
  const named = configs.flatMap(({ sections }) =>
    sections.flatMap(({ patterns }) => patterns.flatMap(({ logs }) => logs)),
  );
  return [...new Set([...named, ...Object.keys(included).map(name => `i/${name}.l`)])];
}

/** The log itself, or the one that this is an old log of. */
export function logOf(one: Case, name: string): string | null {
  const logs = logsOf(one);
  if (logs.includes(name)) return name;
  const waiting = name.replace(/\.tmp$/, '');
  if (logs.includes(waiting)) return waiting;
  return logs.find(log => markOf(log, name) !== null) ?? null;
}

export interface Mark {
  readonly number: number | null;
  /** The digits and all behind them. */
  readonly text: string;
  readonly packed: boolean;
}

/** What makes a name one of a log's old logs, wherever it lies; null: it is none. */
export function markOf(log: string, name: string): Mark | null {
  const [base, found] = [log, name].map(one => one.slice(one.lastIndexOf('/') + 1)) as [string, string];
  const stem = base.replace(/\.(log|l)$/, '');
  if (!found.startsWith(stem)) return null;
  const rest = found.slice(stem.length).replace(/^\.(log|l)(?=[^a-z])/, '');
  if (!/^[-._]?\d/.test(rest) && !/^-%b\d/.test(rest)) return null;
  const number = /^\.(\d{1,9})(?=$|\.[a-z])/.exec(rest)?.[1];
  return {
    number: number === undefined ? null : Number(number),
    text: rest,
    packed: /\.(gz|xz|z|gzip|none)$/.test(rest),
  };
}

/** A log's old logs as a look found them. */
export function oldLogs(log: string, { files }: Pick<Left, 'files'>): [string, LeftFile][] {
  return Object.entries(files).filter(
    ([name, { content }]) => content !== 'a folder' && name !== log && markOf(log, name) !== null,
  );
}

export function oldTexts(log: string, left: Pick<Left, 'files'>): string[] {
  return oldLogs(log, left).map(([, { content }]) => content.replace(/^(gzip|xz): /, ''));
}

/** What the log and its old logs hold. */
export function textsKept(log: string, left: Pick<Left, 'files'>): string[] {
  const live = left.files[log];
  return [...(live === undefined || live.content === '' ? [] : [live.content]), ...oldTexts(log, left)];
}

/** Lines of what a program said that are errors. We write a newline in a name as \n. */
export function errorsOf({ said }: { readonly said: string }): string[] {
  const errors = said.split('\n').filter(line => line.startsWith('error: '));
  return errors.map(line => line.replaceAll('\\n', '\n'));
}

/** The patterns of the section that has a log, as they are in the calls of scripts. */
export function sectionText({ configs }: Case, log: string): string | null {
  for (const { sections } of configs) {
    const found = sections.find(({ patterns }) => patterns.some(({ logs }) => logs.includes(log)));
    if (found !== undefined) return found.patterns.map(({ text }) => text.replaceAll('\n', '~')).join('~');
  }
  return null;
}
