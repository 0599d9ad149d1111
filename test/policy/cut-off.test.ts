// A policy that is cut off at any byte, as by a full disk or an editor that died: what is still served
// is what the whole one says, to the letter, and never more is deleted than that.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Policy } from '../../src/policy/policy.ts';
import { type PoliciesRead, readPolicies } from '../../src/policy/read-policies.ts';
import { readerOf, readText } from '../rig/policy.ts';

const ours = join(import.meta.dirname, '../../policies');
const wordy = `# globals first
rotate 14
weekly
maxage 365
"/var/log/a b.log" /var/log/c/*.log
{
  daily
  rotate 30 # not 3
  maxage 120
  minsize 100M
  compress
  compresscmd /usr/bin/zstd
  compressoptions -19
  compressext .zst
  olddir /srv/old
  createolddir 0750 root adm
  create 0640 root adm
  sharedscripts
  postrotate
    kill -HUP $(cat /run/a.pid) }
    endscripts are not the end
  endscript
}
maxage 30
/var/log/d.log
{
  rotate 100
  copytruncate
  nomaxage
}
`;

const texts: Readonly<Record<string, string>> = {
  'one of every kind of line': wordy,
  'lines that end in the old way': wordy.replaceAll('\n', '\r\n'),
  ...Object.fromEntries(readdirSync(ours).map(name => [name, readFileSync(join(ours, name), 'utf8')])),
};

for (const dialect of ['logmill', 'logrotate'] as const) {
  for (const [name, text] of Object.entries(texts)) {
    test(`cut off at any byte, a policy says what it said or nothing (${dialect}): ${name}`, () => {
      const whole = readText(text, { dialect }).policies.map(says);
      for (let end = 0; end < text.length; end += 1) {
        const read = readText(text.slice(0, end), { dialect });
        const left = read.policies.map(says);
        assert.deepEqual(left, whole.slice(0, left.length), `cut off after ${end} bytes`);
        const isInside = text.lastIndexOf('\n{\n', end - 3) > text.lastIndexOf('\n}\n', end - 2);
        if (isInside) assert.ok(hasErrors(read), `nothing is said of what is cut off after ${end} bytes`);
      }
    });
  }
}

const globals = 'rotate 30\nmaxage 365\nkeepfor 90d\nstart 10\nsize 100M\n';
const section = '/var/log/a.log\n{\n  compress\n}\n';

for (const dialect of ['logmill', 'logrotate'] as const) {
  for (const [how, inner] of Object.entries({
    'in the file before': (text: string) => ({ '/1': text, '/2': section }),
    'that a section includes': (text: string) => ({
      '/1': text,
      '/2': section.replace('compress', 'include /1'),
    }),
  })) {
    test(`globals cut off at any byte, ${how}, keep no less than they said (${dialect})`, () => {
      const text = dialect === 'logmill' ? globals : globals.replace(/keepfor.*\n/, '');
      const read = (cut: string) =>
        readPolicies(how === 'in the file before' ? ['/1', '/2'] : ['/2'], readerOf(inner(cut)), dialect);
      const kept = (cut: string) =>
        read(cut).policies.map(({ settings: { rotate, maxage, keepfor } }) => ({
          rotate,
          maxage,
          keepfor,
        }));
      assert.equal(kept(text).length, 1);
      for (let end = 0; end < text.length; end += 1) {
        const cut = text.slice(0, end);
        // What a cut at the end of a line leaves out nobody can see.
        const lines = kept(cut.slice(0, cut.lastIndexOf('\n') + 1));
        if (kept(cut).length > 0) assert.deepEqual(kept(cut), lines, `cut off after ${JSON.stringify(cut)}`);
      }
    });
  }
}

test('a file of globals that the door gives up over a fault does not make later sections keep nothing', () => {
  for (const faulty of [
    'r',
    'rotat',
    'compress\nrot',
    'rotate x\n',
    'rotate',
    'rotate 30\nsize x\n',
    'rotate 30\nmaxage',
  ])
    assert.deepEqual(
      readPolicies(['/1', '/2'], readerOf({ '/1': faulty, '/2': section }), 'logrotate').policies,
      [],
      faulty,
    );
  const own = section.replace('compress', 'rotate 7');
  const served = readPolicies(
    ['/1', '/2'],
    readerOf({ '/1': 'rotate x\n', '/2': own }),
    'logrotate',
  ).policies;
  assert.deepEqual(
    served.map(({ settings }) => settings.rotate),
    [7],
  );
  const kept = { '/0': 'rotate 14\n', '/1': 'size x\n', '/2': section };
  const inherited = readPolicies(['/0', '/1', '/2'], readerOf(kept), 'logrotate').policies;
  assert.deepEqual(
    inherited.map(({ settings }) => settings.rotate),
    [14],
  );
});

test('a fault in a section leaves the globals of its file in force in the door', () => {
  const faulty = 'rotate 30\nmaxage 365\n/var/log/b.log {\n  size x\n}\n';
  const read = readPolicies(['/1', '/2'], readerOf({ '/1': faulty, '/2': section }), 'logrotate');
  assert.deepEqual(
    read.policies.map(({ settings: { rotate, maxage } }) => ({ rotate, maxage })),
    [{ rotate: 30, maxage: 365 }],
  );
});

function hasErrors({ diagnostics }: PoliciesRead): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** Without where the file was read and its digest, which differ from cut to cut. */
function says({ patternText, settings }: Policy): unknown {
  return { patternText, settings };
}
