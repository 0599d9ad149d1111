// How much memory a long stream takes, in a process of its own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

const source = path.join(import.meta.dirname, '../../src/codec');

/** Packs 300 MB with 4 blocks in flight and decodes them again; prints the peak over the start, in MB. */
const program = `
  const { codecNamed } = await import(${JSON.stringify(path.join(source, 'codecs.ts'))});
  const { makePool } = await import(${JSON.stringify(path.join(source, 'pool.ts'))});
  const [name, level] = process.argv.slice(1);
  const line = i => '2026-11-22T08:30:' + (i % 60) + ' INFO order ' + (i * 2654435761 % 4294967296).toString(16) + ' filled price=' + (i * 7919 % 99991) + '\\n';
  const text = Buffer.from(Array.from({ length: 20000 }, (_, i) => line(i)).join('')).subarray(0, 1e6);
  async function* input() { for (let i = 0; i < 300; i += 1) yield Buffer.from(text); }
  const start = process.resourceUsage().maxRSS;
  const codec = codecNamed(name);
  let bytes = 0;
  for await (const chunk of codec.decode(codec.encode(input(), { level, pool: makePool(4) }))) bytes += chunk.length;
  console.log(bytes, Math.round((process.resourceUsage().maxRSS - start) / 1024));
`;

async function peak(name: string, level: string): Promise<{ bytes: number; growth: number }> {
  const args = ['--input-type=module', '-e', program, name, level];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    said += text;
  });
  await new Promise(resolve => child.on('close', resolve));
  const [bytes = Number.NaN, growth = Number.NaN] = said.trim().split(' ').map(Number);
  return { bytes, growth };
}

for (const name of ['gzip', 'zstd']) {
  test(`${name}: 300 MB packed and decoded again take less than 160 MB`, async () => {
    const { bytes, growth } = await peak(name, 'fast');
    assert.equal(bytes, 300e6);
    assert.ok(growth < 160, `${growth} MB`);
  });
}
