// The README keeps its word: every command in it is run, and its tables are those of the code.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { exitCodes, exitSentences } from '../src/cli/exit-codes.ts';
import { directives } from '../src/policy/directives.ts';
import { aTempFolder, lines } from './cli/rig.ts';
import { shapes } from './crash/shapes.ts';

const root = path.join(import.meta.dirname, '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(match => match[1] ?? '');
const commands = blocks
  .flatMap(block => block.split('\n'))
  .map(line => line.replace(/\s+#.*$/, '').trim())
  .filter(line => line !== '');

/** Exit codes that are a good answer here: nothing was recorded yet, nothing matched. */
const lawful: Readonly<Record<string, readonly number[]>> = { status: [0, 5], grep: [0, 1] };

test('every logmill command of the README works, in the order in which it stands', {
  timeout: 120_000,
}, t => {
  const folder = aTempFolder(t, {
    logs: { 'app.log': lines(12_000_000), 'web.log': lines(50_000) },
    bin: {},
  });
  const program = `${folder}/bin/logmill`;
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${root}/src/bin.cjs' "$@"\n`);
  chmodSync(program, 0o755);
  mkdirSync(`${folder}/home`);
  const env = {
    ...process.env,
    PATH: `${folder}/bin:${process.env.PATH}`,
    HOME: `${folder}/home`,
    LOGMILL_STATE_DIR: `${folder}/state`,
    LANG: 'C.UTF-8',
  };
  const ours = commands.filter(line => line.startsWith('logmill ') && !line.startsWith('logmill run'));
  assert.ok(ours.length >= 15, `${ours.length} commands`);
  for (const line of ours) {
    const ran = spawnSync('/bin/sh', ['-c', line], {
      cwd: folder,
      env,
      encoding: 'utf8',
      timeout: 60_000,
      maxBuffer: 1 << 28,
    });
    const allowed = lawful[line.split(' ')[1] ?? ''] ?? [0];
    assert.ok(
      allowed.includes(ran.status ?? -1),
      `${line}: exit ${ran.status}\n${ran.stdout.slice(-2000)}${ran.stderr}`,
    );
    assert.doesNotMatch(ran.stderr, /\bat .*\.ts:\d+/, line);
  }
});

test('every npm command of the README is a script of the package', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const named = [
    ...readme.matchAll(/npm (?:run )?(start|test|demo|bench|lint|types|differential|soak)\b/g),
  ].map(match => match[1] ?? '');
  for (const name of new Set(named)) assert.ok(name in scripts, name);
});

test("the table of logmill's own directives is the one of the code", () => {
  for (const { keyword, shape, says, from } of directives) {
    if (from !== 'logmill') continue;
    const row = `| \`${`${keyword} ${shape}`.trim().replaceAll('|', '\\|')}\` | ${says} |`;
    assert.ok(readme.includes(row), `the README lacks the row: ${row}`);
  }
});

test('the table of exit codes is the one of the code', () => {
  for (const [name, code] of Object.entries(exitCodes)) {
    const row = `| ${code} | ${exitSentences[name as keyof typeof exitCodes]} |`;
    assert.ok(readme.includes(row), `the README lacks the row: ${row}`);
  }
});

test('each promise and each published weakness names tests that are there', () => {
  const titles = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const rows = readme.split('\n').filter(line => /^\| \d+ \|.*`test\//.test(line));
  assert.equal(rows.length, 14);
  for (const row of rows) {
    for (const [, file = '', named = ''] of row.matchAll(/`(test\/[^`*]+\.ts)`((?:[:,]? \*[^*]+\*)*)/g)) {
      const text = titles(file);
      for (const [, title = ''] of named.matchAll(/\*([^*]+)\*/g))
        for (const part of title.split('…'))
          assert.ok(text.includes(part.trim()), `${file} has no '${part}'`);
    }
  }
  const attacks = readdirSync(path.join(root, 'test/hostile')).map(file => titles(`test/hostile/${file}`));
  const weaknesses = readme.split('\n').filter(line => /^\| (?:CVE-|logrotten)/.test(line));
  assert.equal(weaknesses.length, 9);
  for (const line of weaknesses) {
    const id = line.split('|')[1]?.trim() ?? '';
    assert.ok(
      attacks.some(text => new RegExp(`test\\([\`'][^\\n]*${id}`).test(text)),
      `${id} has no test of its name`,
    );
  }
  assert.ok(readme.includes(`${shapes.length} policy shapes`), `${shapes.length} shapes`);
});
