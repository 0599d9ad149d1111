// A call as spawn(2) takes it, exact to the byte. Node writes arguments, variables and the folder as
// UTF-8; where one holds another byte (rulings 1), a small sh script builds them with printf and puts the
// program in its own place, so that process id and group are the program's.

import { accessSync, constants, statSync } from 'node:fs';
import { join, type Path } from '../units/path.ts';
import { pathToBytes, systemPath } from './paths.ts';
import { refusal } from './trouble.ts';

export interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: Path | null;
  readonly environment: Readonly<Record<string, string>>;
}

/** @throws Trouble ENOENT when the program has no name, or the script is needed and it is not there: sh would only say 127 */
export function exactCall(call: Call): Call {
  // What spawn(2) says of it; Node would blame our argument.
  if (call.program === '') throw refusal('ENOENT', 'start', "''");
  const words = [call.program, ...call.args, call.folder ?? '', ...Object.values(call.environment)];
  // With a NUL in it spawn itself refuses the call; printf would drop it.
  if (words.every(word => word.isWellFormed()) || words.some(word => word.includes('\0'))) return call;
  return throughSh(call);
}

function throughSh({ program, args, folder, environment }: Call): Call {
  const found = findProgram(program, folder, environment);
  const plain = Object.entries(environment).filter(([, value]) => value.isWellFormed());
  const odd = Object.entries(environment).filter(([, value]) => !value.isWellFormed());
  // A command substitution drops newlines at its end: the X keeps them, and is taken off.
  const lines = [
    ...(folder === null ? [] : [`${quoted(folder)}; cd -- "\${w%X}" || exit 126`]),
    ...odd.map(([name, value]) => `${quoted(value)}; export ${variable(name)}="\${w%X}"`),
    'set --',
    ...[found, ...args].map(word => `${quoted(word)}; set -- "$@" "\${w%X}"`),
    'unset w',
    'exec "$@"',
  ];
  return {
    program: '/bin/sh',
    args: ['-c', lines.join('\n')],
    folder: null,
    environment: Object.fromEntries(plain),
  };
}

/** Every byte in octal, so that nothing is left that sh could take for something else. */
function quoted(word: string): string {
  const octal = Array.from(pathToBytes(word), byte => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  return `w=$(printf '${octal}X')`;
}

function variable(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  throw new Error(`internal: '${name}' is not a name of a variable`);
}

/** As execvp(3) looks for it, seen from the folder in which it is to run. */
function findProgram(
  program: string,
  folder: Path | null,
  environment: Readonly<Record<string, string>>,
): Path {
  const candidates = program.includes('/')
    ? [program]
    : (environment.PATH ?? '/usr/bin:/bin')
        .split(':')
        .map(place => join(place === '' ? '.' : place, program));
  for (const candidate of candidates) {
    const isAbsolute = candidate.startsWith('/');
    if (!isProgram(isAbsolute ? candidate : join(folder ?? '.', candidate))) continue;
    // What begins with a dash would be an option of exec.
    return isAbsolute ? candidate : `./${candidate}`;
  }
  throw refusal('ENOENT', 'start', program);
}

function isProgram(path: Path): boolean {
  try {
    accessSync(systemPath(path), constants.X_OK);
    return statSync(systemPath(path)).isFile();
  } catch {
    // Missing, or not ours to run: the search goes on.
    return false;
  }
}
