// The house rules of the design, by machine: which room imports which, which rooms are pure, and
// which door each package has. A broken rule names the file and the line.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '..');
const source = path.join(root, 'src');

/** Room → rooms it may import; `round`, `main` and `index` are files of the top. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  units: [],
  codec: ['units'],
  world: ['units'],
  policy: ['units', 'codec'],
  logs: ['units', 'codec', 'policy'],
  observe: ['units', 'codec', 'policy', 'logs', 'world', 'plan'],
  plan: ['units', 'codec', 'policy', 'logs'],
  archive: ['units', 'codec', 'logs', 'world'],
  ledger: ['units', 'logs', 'plan', 'world'],
  apply: ['units', 'codec', 'logs', 'plan', 'ledger', 'archive', 'world'],
  report: ['units', 'plan', 'ledger'],
  round: ['units', 'codec', 'policy', 'logs', 'observe', 'plan', 'archive', 'ledger', 'apply', 'world'],
  deploy: ['units', 'policy', 'logs', 'world', 'observe'],
  service: [
    'units',
    'codec',
    'policy',
    'logs',
    'observe',
    'plan',
    'archive',
    'ledger',
    'apply',
    'report',
    'world',
    'round',
    'deploy',
  ],
  cli: [
    'units',
    'codec',
    'policy',
    'logs',
    'observe',
    'plan',
    'archive',
    'ledger',
    'apply',
    'report',
    'world',
    'round',
    'deploy',
    'service',
  ],
  main: ['cli'],
  index: [
    'units',
    'codec',
    'policy',
    'logs',
    'observe',
    'plan',
    'archive',
    'ledger',
    'apply',
    'report',
    'world',
    'round',
  ],
};

/** A type alone binds nothing at run time: these rows name a shape of another floor, never its code. */
const mayName: Readonly<Record<string, readonly string[]>> = {
  apply: ['policy'],
  ledger: ['policy'],
  report: ['policy'],
};

const pure = ['units', 'policy', 'logs', 'plan', 'report'];

/** Package or module → files and folders in which it may be imported. */
const doors: Readonly<Record<string, readonly string[]>> = {
  chokidar: ['service/triggers/changes.ts'],
  cron: ['service/triggers/schedule.ts'],
  pino: ['service/own-log.ts'],
  'rotating-file-stream': ['service/own-log.ts'],
  commander: ['cli/'],
  '@commander-js/extra-typings': ['cli/'],
  'log-update': ['service/live.ts', 'cli/'],
  'node:zlib': ['codec/'],
  'node:sqlite': ['ledger/'],
  'node:fs': ['world/'],
  'node:fs/promises': ['world/'],
  'node:child_process': ['world/'],
};

interface Import {
  readonly file: string;
  readonly line: number;
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map(name => name.replaceAll(path.sep, '/'))
  .filter(name => name.endsWith('.ts'))
  .sort();
const texts = new Map(files.map(file => [file, readFileSync(path.join(source, file), 'utf8')]));
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = texts.get(file) ?? '';
  const found: Import[] = [];
  const form =
    /^(?:import|export)\s+(type\s)?[^'"();]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;
  for (const match of text.matchAll(form)) {
    const target = match[2] ?? match[3] ?? match[4] ?? '';
    const line = text.slice(0, match.index).split('\n').length;
    found.push({ file, line, target, typeOnly: match[1] !== undefined });
  }
  return found;
}

const roomOf = (file: string): string =>
  file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
const resolved = (one: Import): string => path.posix.join(path.posix.dirname(one.file), one.target);
const place = (one: Import): string => `src/${one.file}:${one.line} imports ${one.target}`;
/** package.json is data, not a room: cli/version.ts reads its version. */
const isOurs = (one: Import): boolean => one.target.startsWith('.') && !one.target.endsWith('.json');

test('every file of src lies in a room that the design names', () => {
  assert.deepEqual(
    files.filter(file => mayImport[roomOf(file)] === undefined),
    [],
  );
});

test('a room imports only what stands in its row', () => {
  const broken = imports.filter(isOurs).filter(one => {
    const [from, to] = [roomOf(one.file), roomOf(resolved(one))];
    if (from === to || mayImport[from]?.includes(to)) return false;
    return !(one.typeOnly && mayName[from]?.includes(to));
  });
  assert.deepEqual(broken.map(place), []);
});

test('what is imported exists, and no files import each other in a ring', () => {
  const edges = new Map<string, string[]>();
  for (const one of imports.filter(isOurs)) {
    assert.ok(texts.has(resolved(one)), place(one));
    if (!one.typeOnly) edges.set(one.file, [...(edges.get(one.file) ?? []), resolved(one)]);
  }
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(file), `a ring: ${[...trail, file].join(' -> ')}`);
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
});

test('a pure room has no clock, file system, process, randomness or package', () => {
  const outside = imports.filter(one => pure.includes(roomOf(one.file)) && !one.target.startsWith('.'));
  assert.deepEqual(outside.map(place), []);
  const clock =
    /\bDate\.now\(|\bnew Date\(\s*\)|\bMath\.random\(|\bprocess\.|\bperformance\.|\bTemporal\.Now\b|\bsetTimeout\(/;
  for (const file of files.filter(one => pure.includes(roomOf(one)))) {
    assert.doesNotMatch(withoutComments(texts.get(file) ?? ''), clock, `src/${file}`);
  }
});

test('each package and each module of the outside has one door', () => {
  const broken = imports.filter(one => {
    if (one.target.startsWith('.')) return false;
    const allowed = doors[one.target];
    if (allowed === undefined) return !one.target.startsWith('node:');
    return !allowed.some(door => one.file === door || (door.endsWith('/') && one.file.startsWith(door)));
  });
  assert.deepEqual(broken.map(place), []);
});

test('zlib is never called synchronously, and never with worker threads of its own', () => {
  for (const file of files) {
    const text = withoutComments(texts.get(file) ?? '');
    assert.doesNotMatch(
      text,
      /\b(?:gzip|gunzip|deflate|inflate|deflateRaw|inflateRaw|brotli\w+|zstd\w+|unzip)Sync\b/,
      `src/${file}`,
    );
    assert.doesNotMatch(text, /ZSTD_c_nbWorkers/, `src/${file}`);
  }
});

test('files are opened, read and changed synchronously only by the look and in the last act of tail', () => {
  const acts =
    /\b(?:open|close|read|write|f?truncate|fsync|fdatasync|link|rename|unlink|mkdir|rm|rmdir|f?chmod|f?chown|f?utimes|copyFile|writeFile|appendFile)Sync\b/g;
  const found = files.flatMap(file => {
    const names = new Set(withoutComments(texts.get(file) ?? '').match(acts));
    return names.size === 0 ? [] : [`${file}: ${[...names].sort().join(' ')}`];
  });
  assert.deepEqual(found, [
    'world/look.ts: closeSync openSync readSync',
    'world/nonce.ts: closeSync openSync readSync',
    'world/open-file.ts: ftruncateSync readSync writeSync',
  ]);
});

test('index.ts is the only file that re-exports', () => {
  const barrels = files.filter(file =>
    /^export\s+(?:\*|(?:type\s+)?\{[^}]*\})\s+from/m.test(texts.get(file) ?? ''),
  );
  assert.deepEqual(
    barrels.filter(file => file !== 'index.ts'),
    [],
  );
});

test('no room below cli knows of a dry run', () => {
  const knowing = files.filter(file => roomOf(file) !== 'cli' && roomOf(file) !== 'main');
  for (const file of knowing) {
    assert.doesNotMatch(withoutComments(texts.get(file) ?? ''), /dry.?run/i, `src/${file}`);
  }
});

test('no file outgrows 350 lines, and none has a name that says nothing', () => {
  const long = files.filter(
    file => (texts.get(file) ?? '').split('\n').length > 351 && file !== 'policy/directives.ts',
  );
  assert.deepEqual(long, []);
  assert.deepEqual(
    files.filter(file => /(?:util|helper|manager|common|misc|core|engine)s?(?:\.ts|\/)/i.test(file)),
    [],
  );
});

test('the top level holds what belongs there and nothing else', () => {
  const belongs = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'biome.json',
    'knip.json',
    'src',
    'policies',
    'test',
    'README.md',
    'LICENSE',
  ];
  const madeHere = ['node_modules', 'dist', 'logs'];
  const found = readdirSync(root).filter(name => !name.startsWith('.') && !name.endsWith('.tgz'));
  assert.deepEqual(
    found.filter(name => !belongs.includes(name) && !madeHere.includes(name)),
    [],
  );
});

test('the Node that npm brings along is the one whose install script is allowed', () => {
  const pack = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  assert.deepEqual(pack.allowScripts, { [`node@${pack.devDependencies.node}`]: true });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
