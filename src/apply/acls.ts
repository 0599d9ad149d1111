// Access control lists: what a copy, an archive or a new log takes over from the file it stands for.
// One getfacl for all files of a plan (rulings 32), and a setfacl only for those that do have a list;
// where these programs are missing, as on macOS, modes alone are carried.

import { type FileRef, type Plan, type Step, stepsById } from '../plan/plan.ts';
import type { Path } from '../units/path.ts';
import { pathFromBytes } from '../world/paths.ts';
import type { OpenFile, World } from '../world/world.ts';

/** The lists of files that have one, by the names under which these stood when the plan began. */
export type Acls = ReadonlyMap<Path, string>;

/** How many names go to one getfacl: argument lists hold 2 MB. */
const atOnce = 2000;

/** To be asked before any file changes its name. */
export function readAcls(plan: Plan, world: World): Promise<Acls> {
  const steps = stepsById(plan);
  const sources = new Set<Path>();
  for (const step of plan.steps) {
    const source = sourceOf(step, steps);
    if (source !== null) sources.add(source);
  }
  return read([...sources], world);
}

/** Gives a file that is being built the list of the one that stood at `source`, if it had one. */
export async function dressLike(
  source: Path,
  file: OpenFile,
  { acls, world }: { readonly acls: Acls; readonly world: World },
): Promise<void> {
  const list = acls.get(source);
  if (list === undefined) return;
  const args = ['-m', list, '/proc/self/fd/1'];
  await world.shell.run({ program: 'setfacl', args, stdout: file.fd, limit: 10_000 });
}

/** Under which name the file of a step stood before the plan. */
export function originOf(ref: FileRef, steps: ReadonlyMap<number, Step>): Path {
  const maker = ref.madeBy === null ? undefined : steps.get(ref.madeBy);
  if (maker === undefined || !('file' in maker) || maker.kind === 'delete') return ref.path;
  return originOf(maker.file, steps);
}

function sourceOf(step: Step, steps: ReadonlyMap<number, Step>): Path | null {
  if (step.kind === 'copy' || step.kind === 'compress') return originOf(step.file, steps);
  return step.kind === 'create' && step.inherits === true ? step.path : null;
}

async function read(paths: readonly Path[], world: World): Promise<ReadonlyMap<Path, string>> {
  const found = new Map<Path, string>();
  const waiting: (readonly Path[])[] = [];
  for (let from = 0; from < paths.length; from += atOnce) waiting.push(paths.slice(from, from + atOnce));
  for (let some = waiting.pop(); some !== undefined; some = waiting.pop()) {
    // -s leaves out files with nothing but a mode: what is said is short, and mostly nothing.
    const args = ['-s', '-p', '-n', '--', ...some];
    const finished = await world.shell.run({ program: 'getfacl', args, limit: 30_000 });
    if (finished.ended === 'not started') return found;
    // Only the end of a long answer is kept: then smaller questions are asked.
    if (finished.output.length >= longAnswer && some.length > 1) {
      const half = Math.ceil(some.length / 2);
      waiting.push(some.slice(0, half), some.slice(half));
    } else for (const [path, list] of listsIn(finished.output)) found.set(path, list);
  }
  return found;
}

const longAnswer = 15_000;

/** Blocks of `# file: NAME` and entries, an empty line behind each. */
export function listsIn(text: string): readonly (readonly [Path, string])[] {
  return text.split('\n\n').flatMap(block => {
    const lines = block.split('\n');
    const name = lines.find(line => line.startsWith('# file: '))?.slice('# file: '.length);
    const entries = lines
      .filter(line => /^(user|group|mask|other):/.test(line))
      .map(line => line.split(/[\s#]/)[0] ?? '');
    return name === undefined || entries.length === 0 ? [] : [[plainName(name), entries.join(',')] as const];
  });
}

/** getfacl writes odd bytes of a name as `\ooo`. */
function plainName(name: string): Path {
  if (!name.includes('\\')) return name;
  const bytes: Buffer[] = [];
  for (const part of name.split(/(\\[0-7]{3})/)) {
    bytes.push(/^\\[0-7]{3}$/.test(part) ? Buffer.of(Number.parseInt(part.slice(1), 8)) : Buffer.from(part));
  }
  return pathFromBytes(Buffer.concat(bytes));
}
