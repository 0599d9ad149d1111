// Whole plans, as they are shown, for every shape of policy: one file each in golden/. After a
// change that is meant, write them anew with UPDATE_GOLDEN=1 and read the difference.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { describePlanning } from '../../src/plan/describe.ts';
import type { Planning } from '../../src/plan/plan.ts';
import type { FileId } from '../../src/units/identity.ts';
import {
  aFolder,
  aLogSet,
  day,
  GiB,
  KiB,
  type LogSetOptions,
  MiB,
  now,
  type PlanOptions,
  planFor,
} from '../rig/build.ts';
import { aPolicy } from '../rig/policy.ts';

const folder = path.join(import.meta.dirname, 'golden');

const reopen = 'postrotate\nkill -USR1 1\nendscript';
const numbered = ['a.log.1', 'a.log.2.gz', 'a.log.3.gz'];
const dated = ['a.log-20261121', 'a.log-20261120.gz', 'a.log-20261119.gz'];

function one(policy: string, options: LogSetOptions = {}, plan: PlanOptions = {}): Planning {
  return planFor([aLogSet({ policy, ratio: 0.1, ...options })], plan);
}

function door(policy: string, options: LogSetOptions = {}): Planning {
  return planFor([aLogSet({ policy: aPolicy(policy, { dialect: 'logrotate' }), ...options })]);
}

const two = ['/var/log/app/a.log', '/var/log/app/b.log'];

const shapes: Readonly<Record<string, () => Planning>> = {
  'compact-weekly': () =>
    one('daily\nrotate 30\ncreate\ncompress\ncompact weekly', {
      generations: Array.from({ length: 16 }, (_, index) => `a.log.${index + 1}.gz 1048576 ${index + 0.9}`),
    }),
  'compact-cut-at-the-front': () =>
    one('daily\nrotate 5\ndateext\ncompress\ncompact monthly', {
      generations: ['a.log-20261121.gz', 'a.log-20261120.gz', 'a.log-2026-10.zst 4194304 25,24,23,22'],
    }),
  'compact-under-preremove': () =>
    one('size 1G\nrotate -1\ncompress\ncompact monthly\npreremove\nx\nendscript', {
      generations: ['a.log.1.gz', 'a.log.2.gz 1048576 30', 'a.log.3.gz 1048576 31'],
    }),
  'budget-of-two-logs': () =>
    planFor(
      two.map((log, index) =>
        aLogSet({
          path: log,
          policy: 'size 1G\nbudget 30M\nbudgetfloor 5M\nkeepfree 10G',
          generations: [1, 2, 3, 4].map(rank => `${'ab'[index]}.log.${rank}.gz ${(index + 1) * 4 * MiB}`),
          live: MiB,
        }),
      ),
      { folders: [aFolder('/var/log/app', { free: 3 * GiB })] },
    ),
  'compressed-from-its-tail': () =>
    one(
      'daily\nrotate 9\ncompress',
      { generations: [`a.log.1 ${300 * MiB} 1`, `a.log.2 ${10 * MiB} 2`, `a.log.3 ${500 * MiB} 3`] },
      { folders: [aFolder('/var/log/app', { free: 20 * MiB })] },
    ),
  'rotated-by-its-program': () =>
    one('rotate 9\ncompress\nleavelive', { generations: ['a.log.1', 'a.log.2', 'a.log-202611010000.gz'] }),
  'mailed-before-it-goes': () => one('daily\nrotate 1\nmail ops@example.org', { generations: ['a.log.1'] }),
  'numbered-create-compress': () =>
    one(`daily\nrotate 3\ncreate 0640\ncompress\n${reopen}`, {
      generations: ['a.log.1.gz', ...numbered.slice(1)],
    }),
  'numbered-delaycompress': () => one('daily\nrotate 3\ncompress\ndelaycompress', { generations: numbered }),
  'numbered-start-0': () => one('daily\nrotate 2\nstart 0', { generations: ['a.log.0', 'a.log.1'] }),
  'numbered-unlimited': () =>
    one('daily\nrotate -1\nmaxage 30', { generations: ['a.log.1', 'a.log.2 100 29', 'a.log.3 100 40'] }),
  'dated-compress': () => one('daily\nrotate 3\ndateext\ncompress', { generations: dated }),
  'dated-second-on-one-day': () =>
    one('size 1M\nrotate 5\ndateext', { generations: ['a.log-20261122', ...dated] }),
  'dated-second-in-the-door': () => door('size 1M\nrotate 5\ndateext', { generations: ['a.log-20261122'] }),
  'dated-beside-numbered': () =>
    one('daily\nrotate 4\ndateext\ncompresscmd zstd\ncompress', {
      generations: [...numbered, 'a.log-20261120.zst', 'a.log.4.bz2'],
    }),
  copytruncate: () =>
    one('daily\nrotate 3\ncopytruncate\ncompress', { generations: ['a.log.1.gz', 'a.log.2.gz'] }),
  'copytruncate-held': () =>
    one(
      'daily\nrotate 3\ncopytruncate',
      { writers: [{ pid: 77, name: 'web', append: true }] },
      { folders: [aFolder('/var/log/app', { collapses: true })] },
    ),
  'copytruncate-refused': () =>
    one('daily\nrotate 3\ncopytruncate', {
      writers: [{ pid: 5310, name: 'java', append: false }],
      generations: ['a.log.1'],
    }),
  'copytruncate-after-a-failed-copy': () =>
    one('daily\nrotate 3\ncopytruncate', { generations: ['a.log.2', 'a.log.3'] }),
  copy: () => one('daily\nrotate 3\ncopy', { generations: ['a.log.1'] }),
  renamecopy: () =>
    one(`daily\nrotate 3\nrenamecopy\nolddir /srv/old\ncompress\n${reopen}`, { generations: ['a.log.1.gz'] }),
  'renamecopy-to-another-disk': () =>
    one(
      `daily\nrotate 3\nrenamecopy\nolddir /srv/old\ncompress\n${reopen}`,
      { generations: ['a.log.1.gz'] },
      { folders: [aFolder('/srv/old', { id: '77-none-2' as FileId })] },
    ),
  'olddir-to-be-made': () =>
    one(
      'daily\nrotate 3\nolddir old/app\ncreateolddir 0750',
      {},
      { folders: [aFolder('/var/log/app/old/app', { id: null }), aFolder('/var/log/app/old', { id: null })] },
    ),
  'olddir-missing': () =>
    one('daily\nrotate 3\nolddir old', {}, { folders: [aFolder('/var/log/app/old', { id: null })] }),
  'rotate-0': () => one(`daily\nrotate 0\ncreate\n${reopen}`, { generations: ['a.log.1'] }),
  'rotate-0-copytruncate': () => one('daily\nrotate 0\ncopytruncate'),
  'rotate-0-copy': () => one('daily\nrotate 0\ncopy'),
  'keepfor-before-count': () =>
    one('size 1M\nrotate 2\nkeepfor 3d', {
      generations: ['a.log.1 100 1', 'a.log.2 100 2', 'a.log.3 100 4'],
    }),
  'short-history': () =>
    one('size 1M\nrotate 7', { generations: ['a.log.1 100 0.01', 'a.log.2 100 0.02', 'a.log.3 100 0.03'] }),
  'leftovers-when-not-due': () =>
    one('size 1G\nrotate 2\ncompress\ndelaycompress', { generations: ['a.log.1', 'a.log.2', 'a.log.3.gz'] }),
  'leftovers-held': () =>
    one('size 1G\nrotate 5\ncompress', { generations: ['a.log.1', 'a.log.2'], held: ['a.log.1'] }),
  'compress-name-taken': () => one('size 1G\nrotate 5\ncompress', { generations: ['a.log.1', 'a.log.1.gz'] }),
  'name-taken': () => one('daily\nrotate 3', { taken: ['a.log.1'] }),
  'extension-and-preremove': () =>
    one('daily\nrotate 1\nextension .log\ncompress\npreremove\nsay\nendscript', {
      generations: ['a.1.log.gz'],
    }),
  shred: () => one('daily\nrotate 1\nshred\nshredcycles 2\ncompress', { generations: ['a.log.1.gz'] }),
  'first-sight': () => one('daily\nrotate 3', {}, { rotated: null }),
  forced: () => one('daily\nrotate 3', {}, { rotated: now, forced: 'all' }),
  'shared-scripts': () =>
    planFor(
      [...two, '/var/log/app/c.log'].map((path, index) =>
        aLogSet({
          path,
          live: index === 2 ? 0 : MiB,
          policy: `daily\nnotifempty\nrotate 2\nsharedscripts\ncompress\nprerotate\na\nendscript\n${reopen}\nfirstaction\nb\nendscript\nlastaction\nc\nendscript`,
        }),
      ),
    ),
  'own-scripts': () =>
    planFor(
      two.map(path =>
        aLogSet({
          path,
          policy: `daily\nrotate 2\nprerotate\na\nendscript\n${reopen}\nfirstaction\nb\nendscript\nlastaction\nc\nendscript`,
        }),
      ),
    ),
  obstacles: () =>
    planFor(
      (
        [
          'missing',
          'link',
          'hard-linked',
          'not-a-file',
          'insecure-folder',
          'unreadable',
          'held-elsewhere',
        ] as const
      ).map(kind =>
        aLogSet({
          path: `/var/log/app/${kind}`,
          live: null,
          policy: 'daily\nrotate 2',
          obstacle: { kind, words: `the words of '${kind}'`, hint: 'what to do' },
        }),
      ),
    ),
  'one-olddir-for-two-logs-of-one-name': () =>
    planFor(
      ['/srv/a/app.log', '/srv/b/app.log'].map(one =>
        aLogSet({ path: one, policy: 'daily\nrotate 2\nolddir /srv/old' }),
      ),
    ),
  'a-program-compresses': () =>
    one('daily\nrotate 2\ncompress\ncompresscmd /usr/bin/xz\ncompressoptions -9', {
      generations: ['a.log.1.xz'],
    }),
  'door-numbers': () =>
    door('daily\nrotate 2\ncompress', {
      generations: ['a.log.1.gz', 'a.log.2.gz', 'a.log.3.gz', 'a.log.4.gz', 'a.log.9.gz'],
    }),
  'many-large-lanes': () =>
    planFor(
      [1, 2, 3, 4, 5, 6].map(size =>
        aLogSet({
          path: `/var/log/app/${size}.log`,
          live: size * GiB,
          ratio: 0.05,
          policy: 'daily\nrotate 2\ncopytruncate\ncompress',
        }),
      ),
    ),
  'silent-and-old': () =>
    one('daily\nrotate 9\nmaxage 3', {
      live: 12 * KiB,
      modified: now - 9 * day,
      generations: ['a.log.1 100 8', 'a.log.2 100 2'],
    }),
};

for (const [name, plan] of Object.entries(shapes)) {
  test(`the plan for ${name.replaceAll('-', ' ')} is as written down`, () => {
    const text = describePlanning(plan());
    const file = path.join(folder, `${name}.txt`);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'));
  });
}

test('no golden plan is left over', () => {
  assert.deepEqual(
    readdirSync(folder).sort(),
    Object.keys(shapes)
      .map(name => `${name}.txt`)
      .sort(),
  );
});
