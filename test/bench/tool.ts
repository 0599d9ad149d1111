// logmill as it is installed: bundled as `npm run build` bundles it, beside its starters, in a
// temporary folder.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Tool } from './benchmark.ts';

const root = join(import.meta.dirname, '../..');

/** @throws Error when the bundler fails */
export function buildTool(folder: string): Tool {
  mkdirSync(join(folder, 'src'), { recursive: true });
  for (const name of ['bin.cjs', 'bin-logrotate.cjs'])
    copyFileSync(join(root, 'src', name), join(folder, 'src', name));
  const path = [join(root, 'node_modules/.bin'), process.env.PATH ?? ''].join(delimiter);
  for (const command of bundling(join(folder, 'dist'))) {
    const options = { cwd: root, encoding: 'utf8', env: { ...process.env, PATH: path } } as const;
    const { status, stderr, stdout } = spawnSync('sh', ['-c', command], options);
    if (status !== 0) throw new Error(`the bundle cannot be made: ${stderr || stdout}`);
  }
  const bin = (name: string) => join(folder, 'src', name);
  return { node: process.execPath, bin: bin('bin.cjs'), door: bin('bin-logrotate.cjs') };
}

/** The bundler's part of the build script, into another folder; the types are of no use here. */
function bundling(dist: string): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const commands = String(scripts.build).split('&&');
  const bundles = commands.map(command => command.trim()).filter(command => command.startsWith('rolldown '));
  if (bundles.length === 0) throw new Error('the build script of package.json does not bundle');
  return bundles.map(command => command.replaceAll(/(?<=[ =])dist(?=\/| |$)/g, `'${dist}'`));
}
