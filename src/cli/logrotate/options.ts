// logrotate's command line, as popt reads it: options and paths in any order, short ones in bundles,
// values attached or behind. What the options do is the door's affair.

export interface Options {
  readonly debug: boolean;
  readonly verbose: boolean;
  readonly force: boolean;
  /** The mail program, one word. */
  readonly mail: string;
  readonly state: string;
  readonly lock: 'at once' | 'wait' | 'skip';
  /** A path, or `syslog`. */
  readonly log: string | null;
  readonly paths: readonly string[];
}

export type CommandLine =
  | { readonly ask: 'run'; readonly options: Options }
  | { readonly ask: 'help' | 'usage' | 'version' }
  | { readonly ask: 'bad option'; readonly argument: string; readonly reason: string }
  | { readonly ask: 'no configuration' | 'contradictory locks' };

export interface Defaults {
  readonly mail: string;
  readonly state: string;
}

interface Switch {
  readonly name: string;
  readonly short: string | null;
  readonly takes: 'nothing' | 'a value';
}

const switches: readonly Switch[] = [
  { name: 'debug', short: 'd', takes: 'nothing' },
  { name: 'force', short: 'f', takes: 'nothing' },
  { name: 'mail', short: 'm', takes: 'a value' },
  { name: 'state', short: 's', takes: 'a value' },
  { name: 'skip-state-lock', short: null, takes: 'nothing' },
  { name: 'wait-for-state-lock', short: null, takes: 'nothing' },
  { name: 'verbose', short: 'v', takes: 'nothing' },
  { name: 'log', short: 'l', takes: 'a value' },
  { name: 'version', short: null, takes: 'nothing' },
  { name: 'help', short: '?', takes: 'nothing' },
  { name: 'usage', short: null, takes: 'nothing' },
];

type Said =
  | { readonly name: string; readonly value: string }
  | Extract<CommandLine, { readonly ask: 'bad option' }>;

/** Reads until something ends it: a fault, or a question such as --help, in the order of the line. */
export function readCommandLine(args: readonly string[], defaults: Defaults): CommandLine {
  const given = new Map<string, string>();
  const paths: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      paths.push(...rest.splice(0));
      continue;
    }
    // A single dash is a path, as it is to popt.
    if (!word.startsWith('-') || word === '-') {
      paths.push(word);
      continue;
    }
    for (const said of word.startsWith('--') ? [longOption(word, rest)] : bundle(word, rest)) {
      if ('ask' in said) return said;
      if (said.name === 'help' || said.name === 'usage' || said.name === 'version') return { ask: said.name };
      given.set(said.name, said.value);
    }
  }
  return whole(given, paths, defaults);
}

function whole(
  given: ReadonlyMap<string, string>,
  paths: readonly string[],
  defaults: Defaults,
): CommandLine {
  const [skip, wait] = [given.has('skip-state-lock'), given.has('wait-for-state-lock')];
  if (paths.length === 0) return { ask: 'no configuration' };
  if (skip && wait) return { ask: 'contradictory locks' };
  const debug = given.has('debug');
  const options: Options = {
    debug,
    verbose: debug || given.has('verbose'),
    force: given.has('force'),
    mail: given.get('mail') ?? defaults.mail,
    state: given.get('state') ?? defaults.state,
    lock: skip ? 'skip' : wait ? 'wait' : 'at once',
    log: given.get('log') ?? null,
    paths,
  };
  return { ask: 'run', options };
}

/** `--state F`, `--state=F`; names are never shortened. */
function longOption(word: string, rest: string[]): Said {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const found = switches.find(one => one.name === name);
  if (found === undefined) return bad(word, 'unknown option');
  if (found.takes === 'nothing')
    return equals < 0 ? { name, value: '' } : bad(word, 'option does not take an argument');
  const value = equals < 0 ? rest.shift() : word.slice(equals + 1);
  return value === undefined ? bad(word, 'missing argument') : { name, value };
}

/** `-fv`, `-sF`, `-s=F`, `-s F`: the first letter that takes a value has what is left. */
function bundle(word: string, rest: string[]): readonly Said[] {
  const found: Said[] = [];
  for (let place = 1; place < word.length; place += 1) {
    const one = switches.find(({ short }) => short === word.charAt(place));
    if (one === undefined) return [bad(word, 'unknown option')];
    if (one.takes === 'nothing') {
      if (word.charAt(place + 1) === '=') return [bad(word, 'option does not take an argument')];
      found.push({ name: one.name, value: '' });
      continue;
    }
    const attached = word.slice(place + 1).replace(/^=/, '');
    const value = place + 1 < word.length ? attached : rest.shift();
    return value === undefined ? [bad(word, 'missing argument')] : [...found, { name: one.name, value }];
  }
  return found;
}

function bad(argument: string, reason: string): Said {
  return { ask: 'bad option', argument, reason };
}
