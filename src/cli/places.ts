// Where policies and the record lie when nobody says: the conventions of systemd and XDG (DESIGN,
// places). The environment is read here and nowhere deeper.

import { folderOf, join, type Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { World } from '../world/world.ts';

/** The first place that holds a policy; empty when none does. */
export function defaultPolicies(world: World): readonly Path[] {
  const named = (process.env.LOGMILL_POLICIES ?? '').split(':').filter(part => part !== '');
  if (named.length > 0) return named;
  for (const folder of policyFolders(world)) {
    const found = policiesIn(world, folder);
    if (found.length > 0) return found;
  }
  return [];
}

/** In which folders policies are looked for, in order. */
export function policyFolders(world: World): readonly Path[] {
  const home = process.env.HOME ?? world.host.home(null) ?? '/';
  const config = process.env.XDG_CONFIG_HOME || join(home, '.config');
  const folders = [join(config, 'logmill')];
  if (process.platform === 'darwin') {
    folders.push(
      join(home, 'Library/Application Support/logmill'),
      '/opt/homebrew/etc/logmill',
      '/usr/local/etc/logmill',
    );
  }
  folders.push('/etc/logmill');
  return folders;
}

function policiesIn(world: World, folder: Path): readonly Path[] {
  try {
    const names = world.disk.look
      .names(folder)
      .filter(name => name.endsWith('.conf') && !name.startsWith('.'));
    return names.sort().map(name => join(folder, name));
  } catch (error) {
    if (isTrouble(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

/** Always a whole path: the record's own file names are built on it. */
export function stateFolder(world: World, asked: string | undefined): Path {
  const found = namedStateFolder(world, asked);
  return found.startsWith('/') ? found : join(process.cwd(), found);
}

function namedStateFolder(world: World, asked: string | undefined): Path {
  if (asked !== undefined) return asked;
  const { env } = process;
  if (env.LOGMILL_STATE_DIR) return env.LOGMILL_STATE_DIR;
  // systemd joins several with ':'; the first is ours.
  if (env.STATE_DIRECTORY) return env.STATE_DIRECTORY.split(':')[0] ?? env.STATE_DIRECTORY;
  if (world.host.uid === 0) return '/var/lib/logmill';
  const home = env.HOME ?? world.host.home(null) ?? '/';
  return join(env.XDG_STATE_HOME || join(home, '.local/state'), 'logmill');
}

/** Creates the state folder with its parents, 0700: the first run of a newcomer must not stop here. */
export async function makeStateFolder(world: World, folder: Path): Promise<void> {
  if (world.disk.look.statThrough(folder) !== null) return;
  const parent = folderOf(folder);
  if (parent !== folder && parent !== '.') await makeStateFolder(world, parent);
  try {
    await world.disk.makeFolder(folder, 0o700);
  } catch (error) {
    if (!isTrouble(error, 'EEXIST')) throw error;
  }
}
