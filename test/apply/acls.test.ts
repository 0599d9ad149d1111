// Access control lists go by names, so they are asked for while every file has the name under which it was seen.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { aPlan, apply, aSite, gzip, live, made, madeBy, withParts, world } from '../rig/plans.ts';
import { tempTree } from '../rig/temp-tree.ts';

const isMissing = spawnSync('setfacl', ['--version']).error !== undefined;

test('an archive has the list of its log, however late the answer comes', {
  skip: isMissing ? 'setfacl is not here (package acl)' : false,
}, async () => {
  using tree = tempTree({ 'a.log': 'a line\n' });
  execFileSync('setfacl', ['-m', 'u:1:r', tree.path('a.log')]);
  const slow = withParts({
    shell: {
      ...world.shell,
      async run(command) {
        if (command.program === 'getfacl') for (let turn = 0; turn < 200; turn += 1) await setImmediate();
        return world.shell.run(command);
      },
    },
  });
  const plan = aPlan(tree.folder, [
    { kind: 'move', file: live(tree.path('a.log')), to: tree.path('a.log.1'), rotates: true, lane: 'a' },
    {
      kind: 'compress',
      file: madeBy(1, tree.path('a.log.1')),
      to: tree.path('a.log.1.gz'),
      compressor: gzip,
      made,
      predicted: null,
      wait: 0,
      lane: 'a',
    },
  ]);
  await apply(plan, aSite({ world: slow }));
  const lists = execFileSync('getfacl', ['-cpn', tree.path('a.log.1.gz')], { encoding: 'utf8' });
  assert.match(lists, /^user:1:r--$/m);
});
