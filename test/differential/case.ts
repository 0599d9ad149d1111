// What one case of the differential test is made of: configurations, the logs that lie there, what the
// state file says, and the clock of each run. `@/` in a text stands for the folder of the case.

export interface Pattern {
  readonly text: string;
  /** The names that it matches. */
  readonly logs: readonly string[];
}

export interface Section {
  readonly patterns: readonly Pattern[];
  /** Directives; a script is one directive of several lines. */
  readonly lines: readonly string[];
}

export interface Config {
  readonly globals: readonly string[];
  readonly sections: readonly Section[];
}

export interface SeedFile {
  readonly text: string;
  readonly packed: boolean;
  readonly mode: number;
  /** A user and group id, set when the test runs as root. */
  readonly owner: number;
  readonly ageDays: number;
  /** A second name for the same file. */
  readonly link: string | null;
  /** It is a symbolic link to this name. */
  readonly pointsTo: string | null;
  /** It is a device, like /dev/null. */
  readonly device: boolean;
  /** The text is followed by nothing up to this size, and by a last line; 0: it is not. */
  readonly hole: number;
  /** An entry for setfacl. */
  readonly acl: string | null;
}

export interface Case {
  readonly seed: number;
  readonly zone: string;
  /** The clock of each run, in seconds. */
  readonly runs: readonly number[];
  readonly args: readonly string[];
  readonly configs: readonly Config[];
  /** Name → text of a configuration in the folder conf.d, which is read last. */
  readonly included: Readonly<Record<string, string>>;
  readonly includedBy: 'the command line' | 'the last configuration';
  readonly lineEnd: '\n' | '\r\n';
  readonly files: Readonly<Record<string, SeedFile>>;
  /** The folder d may be written by everybody. */
  readonly isOpen: boolean;
  /** Log → its last rotation as the state file has it; null: there is no state file. */
  readonly state: Readonly<Record<string, string>> | null;
  readonly stateVersion: 1 | 2;
  /** What stands behind the entries of the state file. */
  readonly stateEnd: string;
}

/** A configuration as logrotate reads it. */
export function configText({ globals, sections }: Config): string {
  const bodies = sections.map(
    ({ patterns, lines }) => `${patterns.map(one => one.text).join('\n')} {\n${lines.join('\n')}\n}\n`,
  );
  return `${globals.join('\n')}\n${bodies.join('\n')}`;
}

/** Directive → its argument as it is in force for a log; what a `no…` form takes back is not in it. */
export type InForce = ReadonlyMap<string, string>;

/** null: no section has it. */
export function inForceFor(one: Case, log: string): InForce | null {
  const found = new Map<string, string>();
  for (const { globals, sections } of [...one.configs, ...includedConfigs(one)]) {
    for (const line of globals) putInForce(found, line);
    for (const { patterns, lines } of sections) {
      if (!patterns.some(pattern => pattern.logs.includes(log))) continue;
      // What stands in globals is no addextension of a section.
      found.delete('addextension');
      for (const line of lines) putInForce(found, line);
      return found;
    }
  }
  return null;
}

/** The folder conf.d is read last, whoever includes it. */
function includedConfigs({ included }: Case): Config[] {
  return Object.entries(included).map(([name, text]) => {
    const [head = '', ...lines] = text.split('\n');
    const pattern = { text: head.replace(/ \{$/, ''), logs: [`i/${name}.l`] };
    return { globals: [], sections: [{ patterns: [pattern], lines: lines.slice(0, lines.indexOf('}')) }] };
  });
}

const scripts = new Set(['prerotate', 'postrotate', 'firstaction', 'lastaction', 'preremove']);

function putInForce(found: Map<string, string>, directive: string): void {
  const isScript = scripts.has(directive.split('\n')[0] ?? '');
  const lines = isScript ? [directive.replace('\n', ' ')] : directive.split('\n');
  for (const line of lines) {
    const [, word = '', value = ''] = /^(\S+)\s*([\s\S]*)$/.exec(line) ?? [];
    found.set(word, value);
    for (const other of takenBack[word] ?? [`no${word}`, word.replace(/^no/, '')])
      if (other !== word) found.delete(other);
  }
}

const takenBack: Readonly<Record<string, readonly string[]>> = {
  notifempty: ['ifempty'],
  ifempty: ['notifempty'],
  mailfirst: ['maillast'],
  maillast: ['mailfirst'],
  copytruncate: ['nocopytruncate', 'renamecopy'],
  renamecopy: ['norenamecopy', 'copytruncate'],
};

export function isOn(settings: InForce | null, ...words: readonly string[]): boolean {
  return words.some(word => settings?.has(word) ?? false);
}

/** An integer as C reads it. */
export function numberOf(settings: InForce | null, word: string, otherwise: number): number {
  const text = settings?.get(word);
  if (text === undefined) return otherwise;
  return /^0\d/.test(text) ? Number.parseInt(text, 8) : Number(text);
}
