// Every file in policies/ is a policy that people run: it parses without a word and says itself.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { directives } from '../src/policy/directives.ts';
import { printPolicies } from '../src/policy/print.ts';
import { sayPolicy } from '../src/policy/say.ts';
import { readText } from './rig/policy.ts';

const folder = path.join(import.meta.dirname, '..', 'policies');
const files = readdirSync(folder)
  .filter(name => name.endsWith('.conf'))
  .sort();

const said: Readonly<Record<string, readonly string[]>> = {
  'audit.conf': [
    'monthly on day 1 or over 256 MiB unless empty · keep all · at least 3640 d · dated · into archive · zstd max',
  ],
  'cannot-reopen.conf': ['at 100 MiB unless empty · keep 10 · at least 3 d · copytruncate · gzip 6'],
  'default.conf': ['at 10 MiB unless empty · keep 14 · at least 7 d · copytruncate · gzip 6'],
  'nginx.conf': [
    'daily or over 1 GiB unless empty · keep 30 · at least 14 d · dated · zstd mid, a rotation later',
  ],
  'python-services.conf': [
    'at 32 MiB unless empty · keep 30 · at least 7 d · copytruncate · zstd mid',
    'at 32 MiB unless empty · keep 30 · at least 7 d · zstd mid, a rotation later',
    'daily unless empty · at most 3653 d · at least 3640 d · copytruncate · dated · zstd max',
  ],
  'shared-disk.conf': [
    'at 64 MiB unless empty · at least 2 d · up to 4 GiB each · all within 20 GiB, each at least 3 d · copytruncate · zstd mid · joined weekly after 7 d, zstd high · early under 10 % free',
    'rotated by its program · at least 2 d · up to 1 GiB each · zstd mid · joined monthly after 7 d, zstd high',
  ],
  'small-disk.conf': ['at 2 MiB unless empty · keep 5 · at most 14 d · at least 2 h · copytruncate · gzip 9'],
  'supervisord.conf': [
    'daily or over 64 MiB unless empty · keep 14 · at least 7 d · zstd mid, a rotation later',
  ],
};

test('the policies are those that are described here', () => {
  assert.deepEqual(files, Object.keys(said).sort());
});

for (const name of files) {
  const text = readFileSync(path.join(folder, name), 'utf8');

  test(`${name} parses cleanly, in both dialects`, () => {
    assert.deepEqual(readText(text, { file: `/policies/${name}` }).diagnostics, []);
    const asLogrotate = readText(text, { file: `/policies/${name}`, dialect: 'logrotate' });
    assert.deepEqual(
      asLogrotate.diagnostics.filter(({ severity, message }) => severity !== 'note' && !isOurs(message)),
      [],
    );
  });

  test(`${name} says itself`, () => {
    assert.deepEqual(readText(text).policies.map(sayPolicy), said[name]);
  });

  test(`${name} forbids deleting what is young`, () => {
    for (const { settings } of readText(text).policies) assert.ok((settings.keepfor ?? 0) > 0);
  });

  test(`${name} means the same once printed and read again`, () => {
    const { policies } = readText(text);
    const again = readText(printPolicies(policies));
    assert.deepEqual(again.policies.map(sayPolicy), policies.map(sayPolicy));
  });
}

/** The door warns of what only logmill knows, and goes on. */
function isOurs(message: string): boolean {
  const keyword = /^unknown directive '(\w+)'/.exec(message)?.[1] ?? '';
  return directives.some(directive => directive.keyword === keyword && directive.dialect === 'logmill');
}

test('the newcomer meets every word of the default policy in the table of directives', () => {
  const text = readFileSync(path.join(folder, 'default.conf'), 'utf8');
  const keywords = [...text.matchAll(/^ {4}([a-z]+)/gm)].map(match => match[1] ?? '');
  assert.ok(keywords.length >= 7);
  for (const keyword of keywords)
    assert.ok(
      directives.some(directive => directive.keyword === keyword),
      keyword,
    );
});
