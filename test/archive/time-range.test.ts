// An asked time over generations that can be entered in the middle, against reading all of it.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { linesWithin } from '../../src/archive/cut-lines.ts';
import { matcherOf } from '../../src/archive/matcher.ts';
import { openLog } from '../../src/archive/read-log.ts';
import { search } from '../../src/archive/search.ts';
import { partsWithin, type TimeRange } from '../../src/archive/time-range.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { randomFrom } from '../codec/material.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { generation, live } from './a-log.ts';

const { disk } = thisMachine();
const minute = 60_000;
const start = Date.UTC(2026, 9, 24, 22);

interface Line {
  readonly text: string;
  /** Its own time, or that of the nearest line before; null: none stands before. */
  readonly time: number | null;
}

/** Some hours of lines, a few of them late by up to an hour, a few without a time. */
function linesFrom(random: () => number): Line[] {
  let [at, time]: [number, number | null] = [start, null];
  return Array.from({ length: 400 }, (_, index) => {
    at += Math.floor(random() * 4) * minute;
    if (random() < 0.2) return { text: `    and more of ${index}`, time };
    time = at - (random() < 0.1 ? Math.floor(random() * 60) * minute : 0);
    return { text: `${new Date(time).toISOString()} line ${index}`, time };
  });
}

/** Three archives and a live log, cut where a rotation may cut, each archive of many members. */
function plant(folder: string, text: string, random: () => number): void {
  const cuts = [0.2, 0.5, 0.8].map(share => Math.floor(text.length * share));
  const pieces = [...cuts, text.length].map((to, index) => text.slice(cuts[index - 1] ?? 0, to));
  for (const [index, piece] of pieces.slice(0, -1).entries()) {
    const members: string[] = [];
    for (let at = 0; at < piece.length; ) {
      const length = 200 + Math.floor(random() * 2000);
      members.push(piece.slice(at, at + length));
      at += length;
    }
    const [pack, extension] = index === 1 ? [zstdCompressSync, 'zst'] : [gzipSync, 'gz'];
    writeFileSync(
      `${folder}/app.log.${3 - index}.${extension}`,
      Buffer.concat(members.map(one => pack(one))),
    );
  }
  writeFileSync(`${folder}/app.log`, pieces.at(-1) ?? '');
}

test('the lines of an asked time are those that reading everything gives', async () => {
  for (let seed = 1; seed <= 8; seed += 1) {
    const random = randomFrom(seed);
    const lines = linesFrom(random);
    using tree = tempTree();
    plant(tree.folder, lines.map(({ text }) => `${text}\n`).join(''), random);
    const log = await openLog(
      {
        live: live(disk, tree.folder, 'app.log'),
        generations: [
          generation(disk, tree.folder, 'app.log.1.gz', 'gzip'),
          generation(disk, tree.folder, 'app.log.2.zst', 'zstd'),
          generation(disk, tree.folder, 'app.log.3.gz', 'gzip'),
        ],
      },
      disk,
    );
    try {
      for (let asked = 0; asked < 8; asked += 1) {
        const since = random() < 0.2 ? null : start + Math.floor(random() * 600) * minute;
        const until = random() < 0.3 ? null : (since ?? start) + Math.floor(random() * 200) * minute;
        const range: TimeRange = { since, until };
        const expected = lines.filter(({ time }) =>
          time === null ? since === null : (since ?? 0) <= time && time <= (until ?? Infinity),
        );
        const what = `seed ${seed}, ${JSON.stringify(range)}`;
        const { parts } = await partsWithin(log.parts, range, { zone: 'UTC', format: null });
        const given = await Array.fromAsync(linesWithin(parts, range, (_, error) => assert.fail(error)));
        const texts = expected.map(({ text }) => `${text}\n`);
        assert.equal(Buffer.concat(given).toString(), texts.join(''), what);

        const wanted = { matcher: matcherOf({ pattern: '7$' }), range };
        const searched = await partsWithin(log.parts, range, { zone: 'UTC', format: null });
        const found: string[] = [];
        for await (const one of search(
          searched.parts.map(part => ({ ...part, log })),
          wanted,
        ))
          if (one.kind === 'lines')
            found.push(...one.lines.flatMap(line => line.bytes.toString().split('\n')));
        assert.deepEqual(
          found,
          expected.flatMap(({ text }) => (text.endsWith('7') ? text : [])),
          what,
        );
      }
    } finally {
      await log.close();
    }
  }
});

const web = (day: number, text: string): string => `::1 - - [${day}/Nov/2026:10:00:00 +0000] ${text}\n`;

for (const [what, pieces, since, until, expected] of [
  [
    'what is left of a day is not the day at which the next generation begins',
    [web(21, 'a') + web(22, 'b'), `::1 - - [2`, `2/Nov/2026:11:00:00 +0000] c\n`, web(23, 'd')],
    '2026-11-22',
    '2026-11-22T10:30',
    web(22, 'b'),
  ],
  [
    'a line is dated by both its halves, and what follows it by the line',
    ['1795334400 a\n17953', '44400 b\n  more of b\n1795358400 c\n'],
    '2026-11-22T10:00',
    '2026-11-22T11:00',
    '1795344400 b\n  more of b\n',
  ],
  [
    'a generation that only ends a line is not left out between its neighbours',
    ['1795334400 one', ' line in three', ' generations\n1795358400 next', ' line\n'],
    null,
    '2026-11-22T08:30',
    '1795334400 one line in three generations\n',
  ],
  [
    'the beginning of a line that is not asked for is no line of the one before',
    ['1795334400 a\n17953', '84400 b\n1795394400 c\n'],
    null,
    '2026-11-22T08:30',
    '1795334400 a\n',
  ],
  [
    'before a long silence one line is enough',
    [web(20, 'a'), web(21, 'b') + web(25, 'c'), web(26, 'd')],
    '2026-11-21',
    '2026-11-22',
    web(21, 'b'),
  ],
] as const)
  test(`cut in two by a rotation: ${what}`, async () => {
    using tree = tempTree({ 'app.log': pieces.at(-1) ?? '' });
    const archives = pieces.slice(0, -1).toReversed();
    const generations = archives.map((piece, index) => {
      const name = `app.log.${index + 1}.gz`;
      writeFileSync(tree.path(name), gzipSync(piece));
      return generation(disk, tree.folder, name, 'gzip');
    });
    const log = await openLog({ live: live(disk, tree.folder, 'app.log'), generations }, disk);
    try {
      const at = (text: string | null) => (text === null ? null : Date.parse(`${text}Z`));
      const range: TimeRange = { since: at(since), until: at(until) };
      const { parts } = await partsWithin(log.parts, range, { zone: 'UTC', format: null });
      const given = await Array.fromAsync(linesWithin(parts, range, (_, error) => assert.fail(error)));
      assert.equal(Buffer.concat(given).toString(), expected);
      const wanted = { matcher: matcherOf({ pattern: '' }), range };
      const again = await partsWithin(log.parts, range, { zone: 'UTC', format: null });
      const found = await Array.fromAsync(
        search(
          again.parts.map(part => ({ ...part, log })),
          wanted,
        ),
      );
      const lines = found.flatMap(one => (one.kind === 'lines' ? one.lines : []));
      assert.equal(lines.map(({ bytes }) => `${bytes}\n`).join(''), expected);
    } finally {
      await log.close();
    }
  });
