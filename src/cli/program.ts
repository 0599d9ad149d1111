// The command line: commands, the options that they share, and how a failure leaves. Each command
// is loaded only when it is asked for, so that --version and --help start fast.

import { Command, CommanderError, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { parseBytes } from '../units/bytes.ts';
import { parseDuration } from '../units/duration.ts';
import { isTrouble } from '../world/trouble.ts';
import type { World } from '../world/world.ts';
import { exitCodes, exitSentences } from './exit-codes.ts';
import { makeOutput, type Output, Stop, sayTrouble } from './output.ts';
import { addReadingCommands } from './reading-commands.ts';
import { version } from './version.ts';

/** Runs one command line. @returns the exit code (DESIGN section 6) */
export async function runProgram(args: readonly string[]): Promise<number> {
  const output = makeOutput(!args.includes('--no-color'));
  let exit: number = exitCodes.done;
  const program = makeProgram(output, code => {
    exit = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    return exitOfError(error, output);
  }
}

function exitOfError(error: unknown, output: Output): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof Stop) {
    output.say(`logmill: ${error.message}`);
    if (error.hint !== null) output.say(`  hint: ${error.hint}`);
    return error.exit;
  }
  if (isTrouble(error)) {
    sayTrouble(output, error);
    if (error.code === 'ELOCKED') return exitCodes.locked;
    return isTrouble(error, 'ENEWER', 'EDAMAGED') ? exitCodes.policyInvalid : exitCodes.failed;
  }
  output.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitCodes.failed;
}

/** Loaded only by what looks at the machine: processes, sockets and streams take Node 15 ms. */
async function thisMachine(): Promise<World> {
  return (await import('../world/this-machine.ts')).thisMachine();
}

const codes = Object.entries(exitCodes)
  .map(([name, code]) => `  ${String(code).padStart(2)}  ${exitSentences[name as keyof typeof exitCodes]}`)
  .join('\n');

function makeProgram(output: Output, leave: (code: number) => void) {
  const program = new Command('logmill')
    .description(
      'Keeps a log folder small without losing a line: watches it, plans, rotates, compresses, and proves what it saved.',
    )
    .version(version, '-V, --version')
    .option('--no-color', 'no colours (NO_COLOR and a pipe mean the same)')
    .exitOverride()
    .configureOutput({ writeErr: text => output.say(text.replace(/^error: /, 'logmill: ')) })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Begin with (nothing is changed):
  logmill plan --logs DIR       what would be done to any folder, and what it would save
  logmill init DIR              a commented policy for what lies there
  logmill run POLICY...         the sidecar: watches, rotates, compresses

Exit codes:
${codes}`,
    );

  const looking = (command: Command) =>
    command
      .option('--logs <dir>', 'any folder, with the built-in policy; no policy file needed')
      .option('-r, --recursive', 'with --logs: folders below it too')
      .option('--state-dir <dir>', 'where the record is kept')
      .option('--only <log...>', 'only these logs')
      .option('--cores <n>', 'use at most this many cores', wholeNumber)
      .option('--max-rate <size>', 'compress at most so much a second, as 50M', sizeOfRate)
      .option('--small', 'take less memory: one block at a time, slower');

  looking(program.command('run') as unknown as Command)
    .argument('[policy...]', 'policy files or folders')
    .description('watch the logs and enforce their policies until told to stop (the sidecar)')
    .option('--log <file>', 'own log to this file, kept small by itself (default: stdout)')
    .option('--log-level <level>', 'error, warn, info or debug', 'info')
    .option('--plain', 'one line per action, no live view')
    .option('--json', 'own log as JSON lines, also on a terminal')
    .action(async (policies, options) =>
      leave(
        await (await import('./commands/run.ts')).runCommand(await thisMachine(), policies, options, output),
      ),
    );

  looking(program.command('plan') as unknown as Command)
    .argument('[policy...]', 'policy files or folders')
    .description('show what would be done to each file and why; change nothing')
    .option('--why', 'every step and every kept file with its reason')
    .option('--force [log...]', 'as if these logs (or all) were due')
    .option('--out <file>', 'save the plan, to be applied exactly with: logmill apply FILE')
    .option('--exit-code', 'exit 2 when something is due')
    .option('--json', 'the plan as data')
    .action(async (policies, options) =>
      leave(
        await (await import('./commands/plan.ts')).planCommand(
          await thisMachine(),
          policies,
          options,
          output,
        ),
      ),
    );

  looking(program.command('apply') as unknown as Command)
    .argument('[plan-or-policy...]', 'a saved plan, or policy files or folders')
    .description('look, plan and apply now; or apply a saved plan exactly')
    .option('--force [log...]', 'rotate these logs (or all) now')
    .option('--quiet', 'say only what went wrong')
    .option('--json', 'the outcome of every step as data')
    .action(async (paths, options) =>
      leave(
        await (await import('./commands/apply.ts')).applyCommand(await thisMachine(), paths, options, output),
      ),
    );

  program
    .command('report')
    .description('what was saved: written, compressed, deleted, still on disk; predicted against actual')
    .addOption(
      new Option('--since <age>', 'how far back, as 24h, 30d or 12w')
        .argParser(duration)
        .default(duration('30d'), '30d'),
    )
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['text', 'json', 'markdown', 'csv'] as const)
        .default('text' as const),
    )
    .option('--json', 'the same as --format json')
    .option('--only <log...>', 'only these logs')
    .option('--state-dir <dir>', 'where the record is kept')
    .action(async options =>
      leave(await (await import('./commands/report.ts')).reportCommand(await thisMachine(), options, output)),
    );

  looking(program.command('status') as unknown as Command)
    .argument('[policy...]', 'policy files or folders')
    .description('what is watched, how near to its limit, when it rotates next')
    .option('--check', 'exit 5 when the last good round is too long ago')
    .addOption(
      new Option('--max-age <age>', 'with --check: how long ago is too long')
        .argParser(duration)
        .default(duration('26h'), '26h'),
    )
    .option('--json', 'as data')
    .action(async (policies, options) =>
      leave(
        await (await import('./commands/status.ts')).statusCommand(
          await thisMachine(),
          policies,
          options,
          output,
        ),
      ),
    );

  program
    .command('check')
    .argument('[policy...]', 'policy files or folders')
    .description('read policies and show every mistake, with its line and a hint')
    .option('--json', 'the diagnostics as data')
    .action(async (policies, options) =>
      leave(
        await (await import('./commands/check.ts')).checkCommand(
          await thisMachine(),
          policies,
          options,
          output,
        ),
      ),
    );

  looking(program.command('explain') as unknown as Command)
    .argument('<file>', 'a log or a generation')
    .argument('[policy...]', 'policy files or folders')
    .description(
      'which policy has a file, every setting in force and where it was written, when it rotates next and why',
    )
    .option('--json', 'as data')
    .action(async (file, policies, options) =>
      leave(
        await (await import('./commands/explain.ts')).explainCommand(
          await thisMachine(),
          file,
          policies,
          options,
          output,
        ),
      ),
    );

  program
    .command('init')
    .argument('<dir>', 'a folder with logs')
    .description('look at a folder and write a commented policy for what lies there (to stdout)')
    .option('--out <file>', 'write it to this new file')
    .action(async (dir, options) =>
      leave(
        await (await import('./commands/init.ts')).initCommand(await thisMachine(), dir, options, output),
      ),
    );

  addReadingCommands(program, { machine: thisMachine, output, leave });
  return program;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError(`'${text}' is not a number of 1 or more.`);
  return Number(text);
}

function sizeOfRate(text: string): number {
  const found = parseBytes(text);
  if (found === null || found < 1024)
    throw new InvalidArgumentError(`'${text}' is not a rate of 1k a second or more: write 500k, 50M or 1G.`);
  return found;
}

function duration(text: string): number {
  const found = parseDuration(text);
  if (found === null || found <= 0)
    throw new InvalidArgumentError(`'${text}' is not a length of time: write 90s, 15m, 24h, 7d or 4w.`);
  return found;
}
