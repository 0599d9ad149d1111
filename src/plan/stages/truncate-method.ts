// How a log is emptied after its copy, by what is known of those who write to it (rulings 12).

import type { SeenFolder, Writer } from '../../logs/log-set.ts';
import type { TruncateMethod } from '../../policy/policy.ts';
import type { LogDraft, Method } from '../draft.ts';
import type { Reason, StepOf } from '../plan.ts';
import { reasonOf } from '../reason.ts';
import { sayWriters } from '../retain.ts';

export type Truncation = Exclude<TruncateMethod, 'auto'>;

/**
 * auto: tail where nobody holds the file or it is under one block; collapse where the file system
 * may do it (overlayfs cannot be asked; where it refuses, tail is taken then) and its writers append, or
 * are not known; else tail. There is nobody to freeze where nobody writes.
 */
export function truncation({ settings, logSet }: LogDraft, folder: SeenFolder | undefined): Truncation {
  const isFree = logSet.writers !== null && logSet.writers.length === 0;
  if (settings.truncatewith === 'freeze' && isFree) return 'tail';
  if (settings.truncatewith !== 'auto') return settings.truncatewith;
  const block = folder?.blockSize ?? 4096;
  if (logSet.live === null || logSet.live.size < block) return 'tail';
  if (isFree) return 'tail';
  return folder === undefined || folder.collapses === false ? 'tail' : 'collapse';
}

/** What the census said, for whoever repeats it before he acts (rulings 13). */
export function census({ logSet }: LogDraft): NonNullable<StepOf<'truncate'>['writers']> {
  const { writers } = logSet;
  if (writers === null) return 'unknown';
  if (writers.length === 0) return 'nobody';
  return writers.every(({ append }) => append === true) ? 'appending' : 'any';
}

/** The same in words. */
export function sayCensus({ logSet }: LogDraft): string {
  const { writers } = logSet;
  if (writers === null) return 'who writes to it is not known';
  if (writers.length === 0) return 'nobody writes to it';
  return `${sayWriters(writers)} ${verb(writers)}`;
}

function verb(writers: readonly Writer[]): string {
  const some = writers.length > 1;
  if (writers.every(({ append }) => append === true)) return some ? 'append' : 'appends';
  return some ? 'write to it' : 'writes to it';
}

interface Refusal {
  readonly how: 'refused';
  readonly why: Reason;
  readonly hint: string;
}

/**
 * A writer without O_APPEND goes on at its old offset after truncation: its file becomes a hole of
 * the old size, with the new lines behind it. That is refused, with the ways out.
 */
export function refusal({ settings, logSet }: LogDraft, method: Method): Refusal | null {
  if (method !== 'truncate' && method !== 'copy, then truncate') return null;
  if (settings.truncatewith === 'punch' || logSet.live?.size === 0) return null;
  const writer = logSet.writers?.find(one => one.append === false);
  const refused = (directive: string, text: string, hint: string): Refusal => ({
    how: 'refused',
    why: reasonOf(logSet.policy, directive, text),
    hint,
  });
  if (writer !== undefined) {
    return refused(
      'copytruncate',
      `${writer.name} (pid ${writer.pid}) holds it open without O_APPEND: truncating would leave a hole of its whole size`,
      `${wayToAppend(writer)}, or rotate with create and a postrotate that makes it reopen, or say truncatewith punch`,
    );
  }
  if (logSet.writers === null && logSet.live?.hollow === true) {
    return refused(
      'copytruncate',
      'it begins with a hole: somebody who cannot be seen from here writes to it without O_APPEND, and truncating it again would only leave another',
      'let its writer append (>> instead of >), or rotate with create and a postrotate that makes it reopen, or say truncatewith punch',
    );
  }
  if (settings.truncatewith !== 'freeze') return null;
  if (logSet.writers?.every(({ append }) => append === true)) return null;
  return refused(
    'truncatewith',
    'freeze needs to know everyone who writes to it, and that cannot be known here',
    'say truncatewith auto or collapse for writers that append, truncatewith punch for others',
  );
}

/** How this writer is made to append, where its name says what it is. */
function wayToAppend({ name }: Writer): string {
  const how = ways.find(([writer]) => writer.test(name))?.[1] ?? '>> instead of >';
  return `restart ${name} so that it appends (${how})`;
}

const ways: readonly (readonly [writer: RegExp, how: string])[] = [
  [/^(?:python|gunicorn|uwsgi|celery)/, "mode 'a', as logging.FileHandler has it, or >> instead of >"],
  [/^systemd/, 'StandardOutput=append: instead of file: in its unit'],
  [/^supervisord/, 'stdout_logfile_maxbytes=0, then USR2 to it'],
  [/^tee$/, 'tee -a'],
  [/^(?:sh|bash|dash|zsh|ksh|cat)$/, '>> instead of >, in systemd StandardOutput=append: instead of file:'],
];
