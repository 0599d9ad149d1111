// `logmill grep PATTERN LOG…`: lines that match, over logs and their archives, told as grep tells
// them.

import { type Matcher, matcherOf } from '../../archive/matcher.ts';
import { passing } from '../../archive/open-archive.ts';
import type { OpenPart } from '../../archive/read-log.ts';
import { type Search, type Searched, search } from '../../archive/search.ts';
import { sideBySide } from '../../archive/side-by-side.ts';
import { partsWithin } from '../../archive/time-range.ts';
import { showPath } from '../../units/path.ts';
import { isTrouble, type Trouble } from '../../world/trouble.ts';
import type { World } from '../../world/world.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { LineWriter } from '../line-writer.ts';
import { type OpenKept, openKept } from '../open-kept.ts';
import { type Output, Stop, sayStop, sayTrouble } from '../output.ts';
import { barFor, noTimes, sizeOnDisk, type TimeOptions, timesOf } from '../reading.ts';
import type { ReadingBar } from '../screens/reading-bar.ts';
import { matchWriter } from '../write-match.ts';

export interface GrepOptions extends TimeOptions {
  readonly fixedStrings?: boolean | undefined;
  readonly ignoreCase?: boolean | undefined;
  readonly invertMatch?: boolean | undefined;
  readonly count?: boolean | undefined;
  readonly filesWithMatches?: boolean | undefined;
  readonly lineNumber?: boolean | undefined;
  readonly withFilename?: boolean | undefined;
  /** false for -h. */
  readonly filename?: boolean | undefined;
  readonly afterContext?: number | undefined;
  readonly beforeContext?: number | undefined;
  readonly context?: number | undefined;
  readonly cores?: number | undefined;
  readonly json?: boolean | undefined;
}

/** As grep's own: something was not searched. */
const trouble = 2;

/** @returns 0 when a line matches, 1 when none does, 2 when something could not be searched */
export async function grepCommand(
  world: World,
  pattern: string,
  logs: readonly string[],
  options: GrepOptions,
  output: Output,
): Promise<ExitCode> {
  const matcher = matcherFor(pattern, options);
  const grep = new Grep(world, options, output);
  try {
    for (const log of logs) await grep.open(log);
    const found = await grep.run(matcher, logs.length > 1);
    if (output.gone.signal.aborted) return exitCodes.done;
    if (grep.hadTrouble) return trouble;
    return found ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    if (output.gone.signal.aborted) return exitCodes.done;
    throw error;
  } finally {
    await grep.close();
  }
}

function matcherFor(pattern: string, options: GrepOptions): Matcher {
  try {
    return matcherOf({ pattern, fixed: options.fixedStrings, ignoreCase: options.ignoreCase });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Stop(
      'usage',
      `'${pattern}' is not a regular expression: ${error.message.replace(/^.*: /, '')}`,
      'to search for it as text, add -F',
    );
  }
}

/** As with grep also where none is asked for by its number: -A 0 parts what does not follow each other. */
function hasContext({ context, afterContext, beforeContext }: GrepOptions): boolean {
  return (context ?? afterContext ?? beforeContext) !== undefined;
}

class Grep {
  hadTrouble = false;
  readonly #world: World;
  readonly #options: GrepOptions;
  readonly #output: Output;
  readonly #times: ReturnType<typeof timesOf>;
  readonly #bar: ReadingBar;
  readonly #opened: OpenKept[] = [];
  readonly #names = new Map<object, string>();

  constructor(world: World, options: GrepOptions, output: Output) {
    this.#world = world;
    this.#options = options;
    this.#output = output;
    this.#times = timesOf(world, options);
    this.#bar = barFor('grep', 'as it comes', world, output);
  }

  /** A log that is not there, or that was rotated just now, does not keep the others from being searched. */
  async open(name: string): Promise<void> {
    try {
      const { shell } = this.#world;
      const { signal } = this.#output.gone;
      const found = await openKept(this.#world, name, { signal, shell, whenRead: this.#bar.read });
      this.#bar.expect(this.#times.range === null ? sizeOnDisk(found.kept) : null);
      this.#opened.push(found);
      this.#names.set(found.log, showPath(name));
    } catch (error) {
      this.#tell(error);
    }
  }

  async close(): Promise<void> {
    this.#bar.hide();
    for (const { log } of this.#opened) await log.close();
  }

  /** @returns whether anything matched */
  async run(matcher: Matcher, isSeveral: boolean): Promise<boolean> {
    const parts: Searched[] = [];
    for (const opened of this.#opened) parts.push(...(await this.#partsOf(opened)));
    const wanted = this.#search(matcher);
    if (this.#options.filesWithMatches === true) return this.#files(parts, wanted);
    if (this.#options.count === true) return this.#count(parts, wanted, isSeveral);
    return this.#lines(parts, wanted, isSeveral);
  }

  async #partsOf({ kept, log }: OpenKept): Promise<readonly Searched[]> {
    const { range, dated } = this.#times;
    if (range === null)
      return log.parts.map(part => ({ part, log, times: null, chunks: stop => part.plain(stop, passing) }));
    const timed = await partsWithin(log.parts, range, dated);
    if (!timed.dated && log.parts.some(part => part.file.size > 0)) this.#tell(noTimes(kept.path));
    const { lineNumber, json } = this.#options;
    const fromStart = lineNumber === true || json === true;
    return timed.parts.map(one =>
      // Lines can only be counted from the first one.
      fromStart ? { ...one, log, chunks: stop => one.part.plain(stop, passing) } : { ...one, log },
    );
  }

  #search(matcher: Matcher): Search {
    const options = this.#options;
    const isLines = options.count !== true && options.filesWithMatches !== true;
    return {
      matcher,
      inverted: options.invertMatch === true,
      wanted: options.count === true ? 'count' : 'lines',
      numbers: isLines && (options.lineNumber === true || options.json === true),
      gaps: isLines && hasContext(options),
      before: isLines ? (options.beforeContext ?? options.context ?? 0) : 0,
      after: isLines ? (options.afterContext ?? options.context ?? 0) : 0,
      range: this.#times.range,
      lanes: Math.max(2, Math.min(options.cores ?? this.#world.host.cores + 2, 16)),
      signal: this.#output.gone.signal,
    };
  }

  async #lines(parts: readonly Searched[], wanted: Search, isSeveral: boolean): Promise<boolean> {
    const { withFilename, filename, lineNumber, json } = this.#options;
    const writer = new LineWriter();
    const write = matchWriter(writer, {
      look: this.#output.look,
      matcher: wanted.matcher,
      inverted: wanted.inverted ?? false,
      names: withFilename === true || (isSeveral && filename !== false),
      numbers: lineNumber === true,
      json: json === true,
      gaps: hasContext(this.#options),
    });
    let found = false;
    for await (const one of search(parts, wanted)) {
      if (one.kind === 'damaged') this.#tell(one.error);
      if (one.kind !== 'lines') continue;
      found ||= one.lines.some(line => line.matched);
      for (const line of one.lines) await write.lines(line);
      // What was found is shown at once: the next match may be a hundred archives away.
      await writer.flush();
      if (this.#output.gone.signal.aborted) return found;
    }
    await write.end();
    return found;
  }

  async #count(parts: readonly Searched[], wanted: Search, isSeveral: boolean): Promise<boolean> {
    const counts = new Map<object, number>(this.#opened.map(({ log }) => [log, 0]));
    const logs = new Map(parts.map(({ part, log }) => [part, log]));
    for await (const one of search(parts, wanted)) {
      if (one.kind === 'damaged') this.#tell(one.error);
      const log = one.kind === 'count' ? logs.get(one.part) : undefined;
      if (one.kind === 'count' && log !== undefined) counts.set(log, (counts.get(log) ?? 0) + one.count);
    }
    const { withFilename, filename, json } = this.#options;
    const named = withFilename === true || (isSeveral && filename !== false);
    for (const [log, count] of counts) {
      const name = this.#names.get(log) ?? '';
      if (json === true) this.#output.answer(JSON.stringify({ log: name, count }));
      else this.#output.answer(named ? `${name}:${count}` : String(count));
    }
    return [...counts.values()].some(count => count > 0);
  }

  /** Each file is searched by itself, and left at its first match. */
  async #files(parts: readonly Searched[], wanted: Search): Promise<boolean> {
    const streams = parts.map(searched => (signal: AbortSignal) => firstOf(searched, { ...wanted, signal }));
    let found = false;
    for await (const one of sideBySide(streams, { lanes: wanted.lanes ?? 2, sizeOf: () => 0 })) {
      if (one.kind === 'damaged') this.#tell(one.error);
      if (one.kind !== 'lines') continue;
      found = true;
      const file = showPath(one.part.file.path);
      this.#output.answer(this.#options.json === true ? JSON.stringify({ file }) : file);
      if (this.#output.gone.signal.aborted) return found;
    }
    return found;
  }

  #tell(error: unknown): void {
    if (!(error instanceof Stop) && !isTrouble(error)) throw error;
    if (this.#output.gone.signal.aborted) return;
    this.hadTrouble = true;
    this.#bar.hide();
    if (isTrouble(error)) sayTrouble(this.#output, error);
    else sayStop(this.#output, error);
  }
}

type First =
  | { readonly kind: 'lines'; readonly part: OpenPart }
  | { readonly kind: 'damaged'; readonly error: Trouble };

/** Ends at the first match, and tells what is damaged before it. */
async function* firstOf(searched: Searched, wanted: Search): AsyncGenerator<First, void, undefined> {
  for await (const one of search([searched], { ...wanted, lanes: 1 })) {
    if (one.kind === 'damaged') yield { kind: 'damaged', error: one.error };
    if (one.kind !== 'lines' || !one.lines.some(line => line.matched)) continue;
    yield { kind: 'lines', part: searched.part };
    return;
  }
}
