// Which of a folder's names belong to which log.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestFirst } from '../../src/logs/order.ts';
import { ownersOf } from '../../src/logs/owner.ts';
import { type OwnedLog, sortNames, withoutGenerations } from '../../src/logs/sort-names.ts';
import { aLogSet, day, now, zone } from '../rig/build.ts';
import { aPolicy } from '../rig/policy.ts';

const daily = aPolicy('daily\nrotate 7');
const logs = (...paths: readonly string[]): OwnedLog[] => paths.map(path => ({ path, policy: daily }));

function sorted(names: readonly string[], owned: readonly OwnedLog[]) {
  const found = sortNames('/d', names, owned, zone);
  return Object.fromEntries(
    [...found].map(([path, { generations, taken }]) => [path, [generations.map(({ name }) => name), taken]]),
  );
}

test('each generation goes to its own log, also where one name begins like another', () => {
  const names = [
    'app',
    'app.log',
    'app.1',
    'app.log.1',
    'app.log.2.gz',
    'app-20261122',
    'other.1',
    'app.log.x',
  ];
  assert.deepEqual(sorted(names, logs('/d/app', '/d/app.log')), {
    '/d/app': [['app.1', 'app-20261122'], []],
    '/d/app.log': [['app.log.1', 'app.log.2.gz'], []],
  });
});

test("a name that is itself a log is nobody's generation, but it is taken", () => {
  assert.deepEqual(sorted(['a', 'a.1', 'a.2'], logs('/d/a', '/d/a.1')), {
    '/d/a': [['a.2'], ['a.1']],
    '/d/a.1': [[], []],
  });
});

test('what the door leaves alone is taken, and so is the name that renamecopy wants', () => {
  const policy = aPolicy('daily\nrotate 7\ncompress', { dialect: 'logrotate' });
  const found = sorted(['a.1.gz', 'a.2.zst', 'a.tmp', 'a-20261122'], [{ path: '/d/a', policy }]);
  assert.deepEqual(found, { '/d/a': [['a.1.gz'], ['a.2.zst', 'a.tmp', 'a-20261122']] });
});

test('archives and generations that a pattern matches are no logs', () => {
  const names = ['a', 'a.1', 'a.2.gz', 'a-20261122', 'b.gz', 'c.7', 'd.log'];
  const candidates = names.map(name => ({ path: `/d/${name}`, policy: daily, globbed: true }));
  const { logs: left, generations } = withoutGenerations(candidates, zone);
  assert.deepEqual(
    left.map(({ path }) => path),
    ['/d/a', '/d/c.7', '/d/d.log'],
  );
  assert.equal(generations.length, 4);
  const known = withoutGenerations(candidates, zone, path => path === '/d/c');
  assert.deepEqual(
    known.logs.map(({ path }) => path),
    ['/d/a', '/d/d.log'],
  );
});

test('an archive that is named outright is a log as it was asked for', () => {
  const { logs: left } = withoutGenerations([{ path: '/d/dump.gz', policy: daily, globbed: false }], zone);
  assert.equal(left.length, 1);
});

test('generations in an olddir that a pattern also covers are no logs', () => {
  const policy = aPolicy('daily\nrotate 7\nolddir old');
  const candidates = ['/d/a', '/d/old/a.1', '/d/old/z'].map(path => ({ path, policy, globbed: true }));
  const { logs: left } = withoutGenerations(candidates, zone);
  assert.deepEqual(
    left.map(({ path }) => path),
    ['/d/a', '/d/old/z'],
  );
});

test('the work grows with the names and not with names times logs', () => {
  const time = (count: number): number => {
    const owned = logs(...Array.from({ length: count }, (_, index) => `/d/app-${index}.log`));
    const names = owned.flatMap(({ path }) =>
      ['', '.1', '.2.gz', '.3.gz', '-20261122.zst'].map(tail => path.slice(3) + tail),
    );
    const start = performance.now();
    const found = sortNames('/d', names, owned, zone);
    assert.equal(found.get(`/d/app-${count - 1}.log`)?.generations.length, 4);
    return performance.now() - start;
  };
  time(200);
  const small = Math.max(1, Math.min(time(500), time(500)));
  const large = Math.min(time(10_000), time(10_000));
  // Twenty times the logs; quadratic work would take four hundred times as long.
  assert.ok(large < small * 120, `${small} ms for 500 logs, ${large} ms for 10,000`);
});

test('generations stand newest first: by number, by date, and merged by the moment of rotation', () => {
  const { generations } = aLogSet({
    path: '/d/a',
    generations: ['a.10 1 20', 'a.2 1 4', 'a.1 1 2', 'a-20261119', 'a-20261119.2', 'a-20261103.gz'],
  });
  const names = newestFirst(generations.toReversed(), 1).map(({ path }) => path.slice(3));
  assert.deepEqual(names, ['a.1', 'a-20261119.2', 'a-20261119', 'a.2', 'a-20261103.gz', 'a.10']);
});

test('a number keeps its place whatever its mtime says', () => {
  const { generations } = aLogSet({ path: '/d/a', generations: ['a.1 1 9', 'a.2 1 0', 'a.3 1 5'] });
  assert.deepEqual(
    newestFirst(generations, 1).map(({ path }) => path.at(-1)),
    ['1', '2', '3'],
  );
  assert.ok((generations[0]?.rotated ?? now) < now - 8 * day);
});

test('a path belongs to the first section that names it, and a repeat is a problem with both places', () => {
  const first = aPolicy('daily\nrotate 1', { pattern: '/d/*', file: '/p/first.conf' });
  const second = aPolicy('daily\nrotate 2', { pattern: '/d/a', file: '/p/second.conf' });
  const pattern = (policy: typeof first) => policy.patterns[0] ?? assert.fail('no pattern');
  const { owned, problems } = ownersOf([
    { policy: first, pattern: pattern(first), paths: ['/d/a', '/d/b'] },
    { policy: second, pattern: pattern(second), paths: ['/d/a', '/d/c'] },
  ]);
  assert.deepEqual(
    owned.map(({ paths, policy }) => `${paths.join(' ')} ${policy.name}`),
    ['/d/a /d/b first', '/d/c second'],
  );
  assert.equal(problems.length, 1);
  assert.equal(problems[0]?.message, "/d/a already belongs to 'first' (/p/first.conf:1:1)");
  assert.equal(problems[0]?.at.file, '/p/second.conf');
});

test('with ignoreduplicates in the first section a repeat is left out silently', () => {
  const first = aPolicy('daily\nrotate 1\nignoreduplicates', { pattern: '/d/a' });
  const [pattern] = first.patterns;
  assert.ok(pattern);
  const twice = [
    { policy: first, pattern, paths: ['/d/a'] },
    { policy: daily, pattern, paths: ['/d/a'] },
  ];
  assert.deepEqual(ownersOf(twice).problems, []);
  assert.deepEqual(
    ownersOf(twice).owned.map(({ paths }) => paths),
    [['/d/a'], []],
  );
});
