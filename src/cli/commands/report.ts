// `logmill report`: what the record says was saved. It looks at no log.

import type { History } from '../../ledger/history.ts';
import { openLedger } from '../../ledger/open-ledger.ts';
import { type FormatName, formats } from '../../report/formats.ts';
import { reports } from '../../report/reports.ts';
import type { Meaning as ReportMeaning } from '../../report/table.ts';
import { type Path, showPath } from '../../units/path.ts';
import type { World } from '../../world/world.ts';
import { absolute } from '../absolute.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type Meaning, paint } from '../look.ts';
import { type Output, Stop } from '../output.ts';
import { stateFolder } from '../places.ts';

export interface ReportOptions {
  readonly since: number;
  readonly format: FormatName;
  readonly json?: boolean | undefined;
  readonly only?: readonly string[] | undefined;
  readonly stateDir?: string | undefined;
}

/** What the report means by a colour, in the words of the screens. */
const paints: Readonly<Record<ReportMeaning, Meaning>> = {
  plain: 'plain',
  saved: 'saves',
  removed: 'removes',
  caution: 'caution',
  faint: 'quiet',
  strong: 'strong',
};

export async function reportCommand(world: World, options: ReportOptions, output: Output): Promise<ExitCode> {
  const folder = stateFolder(world, options.stateDir);
  const ledger = await openLedger(folder, 'for reading', world);
  const { problem } = ledger;
  const at = world.clock.now();
  const history = onlyOf(ledger.history(at - options.since, at), options.only);
  await ledger.end();
  if (problem !== null)
    throw new Stop(
      'policyInvalid',
      `the record in ${showPath(folder)} cannot be read: ${problem}`,
      'name another one with --state-dir DIR',
    );

  if (world.disk.look.statThrough(folder) === null) {
    output.say(`nothing is recorded yet in ${showPath(folder)}`);
    output.say('  hint: logmill run or apply keep the record; name another one with --state-dir DIR');
  }
  const tables = reports.savings.make({ history, zone: world.clock.zone, at });
  const format = formats[options.json === true ? 'json' : options.format];
  const { look } = output;
  output.answer(
    format(tables, {
      width: look.width,
      unicode: look.unicode,
      paint: (meaning, text) => paint(look, paints[meaning], text),
    }),
  );
  return exitCodes.done;
}

function onlyOf(history: History, only: readonly string[] | undefined): History {
  if (only === undefined || only.length === 0) return history;
  const wanted = new Set<Path | null>(only.map(absolute));
  return {
    ...history,
    steps: history.steps.filter(row => wanted.has(row.log)),
    days: history.days.filter(row => wanted.has(row.log)),
    samples: history.samples.filter(row => wanted.has(row.log)),
  };
}
