// Law 9: memory does not grow with the size of a log.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';

const main = path.join(import.meta.dirname, '../../src/main.ts');
const MiB = 1024 * 1024;

/**
 * Runs logmill in a child that says at its end how large it ever was, in bytes. V8 lets its young
 * generation grow by what the machine is doing besides; held small, what is left is ours.
 */
const program = `
  process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS * 1024));
  import(${JSON.stringify(main)}).then(({ main }) => main(process.argv.slice(1)));
`;

function peakOf(t: TestContext, size: number, settings: string): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'logmill-memory-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(path.join(folder, 'logs'));
  writeLog(path.join(folder, 'logs', 'app.log'), size);
  const policy = path.join(folder, 'p.conf');
  writeFileSync(policy, `"${folder}/logs/*.log" {\n size 1k\n rotate 3\n ${settings}\n}\n`);
  const args = ['apply', policy, '--state-dir', path.join(folder, 'state')];
  const command = `"$0" --max-semi-space-size=1 --input-type=module -e "$1" -- "$2" "$3" "$4" "$5" 2>&1 >/dev/null`;
  const said = execFileSync('sh', ['-c', command, process.execPath, program, ...args], { encoding: 'utf8' });
  const peak = /peak (\d+)/.exec(said)?.[1];
  assert.ok(peak !== undefined, said);
  return Number(peak);
}

/** Lines like those of a service, a mebibyte of them again and again. */
function writeLog(file: string, size: number): void {
  let text = '';
  for (let number = 0; text.length < MiB; number += 1)
    text += `2026-11-22T10:00:00.${number} INFO order ${(number * 2_654_435_761) % 2 ** 32} filled\n`;
  const piece = Buffer.from(text.slice(0, MiB));
  const fd = openSync(file, 'w');
  for (let written = 0; written < size; written += MiB) writeSync(fd, piece);
  closeSync(fd);
}

test('copying, compressing and verifying a long log takes no more memory than a short one', t => {
  const settings = 'copytruncate\n compress';
  const growth = peakOf(t, 160 * MiB, settings) - peakOf(t, 4 * MiB, settings);
  assert.ok(growth < 48 * MiB, `${Math.round(growth / MiB)} MiB more for 160 MiB than for 4 MiB`);
});
