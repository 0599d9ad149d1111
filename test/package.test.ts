// The package as it is published: packed by npm, unpacked elsewhere, run without anything beside it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { aTempFolder, lines } from './cli/rig.ts';

const root = path.join(import.meta.dirname, '..');

test('the packed tarball runs by itself, under both names, and says what it needs', {
  timeout: 180_000,
}, t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(200_000) } });
  run('npm', ['pack', '--silent', '--pack-destination', folder], root);
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'));
  assert.ok(tarball !== undefined);
  run('tar', ['xzf', tarball], folder);
  const pack = JSON.parse(readFileSync(`${folder}/package/package.json`, 'utf8'));
  const bin = (name: string): string => `${folder}/package/${pack.bin[name]}`;

  assert.equal(run(process.execPath, [bin('logmill'), '--version'], folder).trim(), pack.version);
  assert.match(
    run(process.execPath, [bin('logmill'), 'plan', '--logs', 'logs', '--state-dir', 's'], folder),
    /Nothing was changed/,
  );
  assert.match(
    run(process.execPath, [bin('logmill'), 'check', 'package/policies/default.conf'], folder),
    /no error/,
  );
  const door = spawnSync(process.execPath, [bin('logmill-logrotate'), '--version'], { encoding: 'utf8' });
  assert.equal(door.status, 0, door.stderr);
  const shipped = readdirSync(`${folder}/package`, { recursive: true, encoding: 'utf8' });
  assert.deepEqual(
    shipped.filter(name => /\.test\.|^test/.test(name)),
    [],
  );
});

function run(program: string, args: readonly string[], cwd: string): string {
  const ran = spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, LANG: 'C.UTF-8' } });
  assert.equal(ran.status, 0, `${program} ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}
