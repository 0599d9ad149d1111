// What goes to a person: the answer on stdout, everything else on stderr. A reader that went away
// (a closed pipe) ends the program quietly.

import type { Diagnostic } from '../policy/diagnostic.ts';
import { showDiagnostic } from '../policy/show.ts';
import type { Trouble } from '../world/trouble.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type Look, lookOf, paint } from './look.ts';

export interface Output {
  /** Of stdout and of stderr. */
  readonly look: Look;
  readonly errorLook: Look;
  /** Aborts when the reader of stdout is gone. */
  readonly gone: AbortController;
  answer(text: string): void;
  say(text: string): void;
  json(value: unknown): void;
}

export function makeOutput(wantsColour: boolean): Output {
  const gone = new AbortController();
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      gone.abort();
    });
  }
  return {
    gone,
    look: lookOf(process.stdout, wantsColour),
    errorLook: lookOf(process.stderr, wantsColour),
    answer: text => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    say: text => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
    json: value => void process.stdout.write(`${JSON.stringify(value, jsonForm, 2)}\n`),
  };
}

/** Maps as objects; the policy inside a log set by its name. */
function jsonForm(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (typeof value === 'bigint') return value.toString();
  return value;
}

/** Shows all of them, errors last so that they stand nearest the prompt. */
export function sayDiagnostics(output: Output, diagnostics: readonly Diagnostic[]): void {
  const shown = diagnostics.filter(one => one.severity !== 'note');
  for (const one of shown.toSorted((a, b) => weight(a) - weight(b))) {
    const mark =
      one.severity === 'error'
        ? paint(output.errorLook, 'removes', 'error')
        : paint(output.errorLook, 'caution', 'warning');
    output.say(`${mark} ${showDiagnostic(one)}\n`);
  }
}

const weight = (diagnostic: Diagnostic): number => (diagnostic.severity === 'error' ? 1 : 0);

export function sayTrouble(output: Output, trouble: Trouble): void {
  output.say(`${paint(output.errorLook, 'removes', 'error')} ${trouble.message}`);
  if (trouble.hint !== null) output.say(`  hint: ${trouble.hint}`);
}

/** The command cannot go on; main says the sentence and leaves with the code. */
export class Stop extends Error {
  readonly exit: ExitCode;
  readonly hint: string | null;
  constructor(exit: keyof typeof exitCodes, message: string, hint: string | null = null) {
    super(message);
    this.exit = exitCodes[exit];
    this.hint = hint;
  }
}

export function sayStop(output: Output, stop: Stop): void {
  output.say(`logmill: ${stop.message}`);
  if (stop.hint !== null) output.say(`  hint: ${stop.hint}`);
}

/** Writes and waits while the reader is slow: memory stays bounded whatever the size of a log. */
export async function drained(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> {
  await new Promise<void>(resolve => {
    stream.write(bytes, () => resolve());
  });
}
