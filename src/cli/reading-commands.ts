// The commands that read kept logs back: cat, grep, ls, verify, with their options and help.

import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { parseBytes } from '../units/bytes.ts';
import type { World } from '../world/world.ts';
import type { Output } from './output.ts';

interface Calling {
  /** Loaded only for what looks at the machine. */
  readonly machine: () => Promise<World>;
  readonly output: Output;
  readonly leave: (code: number) => void;
}

export function addReadingCommands(program: Command, calling: Calling): void {
  addCat(program, calling);
  addGrep(program, calling);
  addLs(program, calling);
  addVerify(program, calling);
}

const timeHelp = `
Times: 2026-11-22, '2026-11-22 08:30', 08:30 (today), 2h (ago), yesterday, @1795336205;
both ends belong to it. A line's time is found in the line: ISO 8601, syslog, web server,
epoch, "time" in JSON and the like; without a zone it is local (TZ). A line without a time
belongs to the line before. Blocks more than 70 minutes away from what is asked are not read.`;

function addCat(program: Command, { machine, output, leave }: Calling): void {
  program
    .command('cat')
    .argument('<log>', 'a log (its generations oldest first, then the live log), or one archive')
    .description('one log with all its generations as one stream, exact to the byte')
    .option('--since <time>', 'only lines from this time on')
    .option('--until <time>', 'only lines up to this time')
    .option('--last <size>', 'only the last so many bytes, in whole lines: 100M', size)
    .option('--time-format <format>', "how lines write their time, as for date(1): '%d.%m.%Y %H:%M:%S'")
    .addHelpText('after', timeHelp)
    .action(async (log, options) =>
      leave(await (await import('./commands/cat.ts')).catCommand(await machine(), log, options, output)),
    );
}

function addGrep(program: Command, { machine, output, leave }: Calling): void {
  program
    .command('grep')
    .helpOption('--help', 'display help for command')
    .argument('<pattern>', "a regular expression (JavaScript's, much as grep -E)")
    .argument('<log...>', 'logs, searched with all their generations, or single archives')
    .description('lines that match, in logs and their archives')
    .option('-E, --extended-regexp', 'the pattern is a regular expression, as it is anyway')
    .option('-F, --fixed-strings', 'the pattern is text')
    .option('-i, --ignore-case', 'capital and small letters alike')
    .option('-v, --invert-match', 'lines that do not match')
    .option('-c, --count', 'only how many lines match, for each log')
    .option('-l, --files-with-matches', 'only the names of files that hold a match')
    .option('-n, --line-number', 'each line with its number in its file')
    .option(
      '-H, --with-filename',
      'each line with its file (without being asked: where several logs are named)',
    )
    .option('-h, --no-filename', 'no line with its file')
    .option('-A, --after-context <n>', 'so many lines behind each match', lineCount)
    .option('-B, --before-context <n>', 'so many lines before each match', lineCount)
    .option('-C, --context <n>', 'so many lines around each match', lineCount)
    .option('--since <time>', 'only lines from this time on')
    .option('--until <time>', 'only lines up to this time')
    .option('--time-format <format>', "how lines write their time, as for date(1): '%d.%m.%Y %H:%M:%S'")
    .option('--cores <n>', 'search at most so many files side by side', coreCount)
    .option('--json', 'one JSON object for each line')
    .addHelpText(
      'after',
      `${timeHelp}

Exits 0 when a line matches, 1 when none does, 2 when something could not be searched.
A line that rotation has cut in two is searched joined. A line over 2 MiB is searched in pieces.`,
    )
    .action(async (pattern, logs, options) =>
      leave(
        await (await import('./commands/grep.ts')).grepCommand(
          await machine(),
          pattern,
          logs,
          options,
          output,
        ),
      ),
    );
}

function addLs(program: Command, { machine, output, leave }: Calling): void {
  program
    .command('ls')
    .argument('<log>', 'a log')
    .description('what is kept of a log: each generation with size, ratio and time')
    .option('-l, --long', 'decode all of it: lines, first and last time too')
    .option('--time-format <format>', "how lines write their time, as for date(1): '%d.%m.%Y %H:%M:%S'")
    .option('--json', 'as data')
    .action(async (log, options) =>
      leave(await (await import('./commands/ls.ts')).lsCommand(await machine(), log, options, output)),
    );
}

function addVerify(program: Command, { machine, output, leave }: Calling): void {
  program
    .command('verify')
    .argument(
      '[file-or-log...]',
      'archives, or logs with all their archives (default: all logs of the policies)',
    )
    .description('decode archives to the end and compare length and digest with the record')
    .option('--salvage <dir>', 'write what can be read of damaged ones into new files there')
    .option('--state-dir <dir>', 'where the record is kept')
    .option('--json', 'as data')
    .action(async (files, options) =>
      leave(
        await (await import('./commands/verify.ts')).verifyCommand(await machine(), files, options, output),
      ),
    );
}

function lineCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError(`'${text}' is not a number of lines.`);
  return Number(text);
}

function coreCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError(`'${text}' is not a number of 1 or more.`);
  return Number(text);
}

function size(text: string): number {
  const found = parseBytes(text);
  if (found === null || found <= 0)
    throw new InvalidArgumentError(`'${text}' is not a size: write 512K, 100M or 1.5G.`);
  return found;
}
