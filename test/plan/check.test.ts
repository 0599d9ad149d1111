// checkPlan refuses what must never be applied. Sound plans are bent here one step at a time, so
// that each rule is seen to hold the plan back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPlan } from '../../src/plan/check.ts';
import type { Plan, Step, StepOf } from '../../src/plan/plan.ts';
import { predict } from '../../src/plan/predict.ts';
import { aLogSet, type LogSetOptions, MiB, outline, planFor } from '../rig/build.ts';

const logSet = (options: LogSetOptions = {}) =>
  aLogSet({
    policy: 'daily\nrotate 2\ncopytruncate\ncompress',
    generations: ['a.log.1.gz', 'a.log.2.gz'],
    ...options,
  });

function bent(change: (step: Step) => Step | null, options: LogSetOptions = {}): () => void {
  const seen = [logSet(options)];
  const { plan } = planFor(seen);
  const steps = plan.steps.flatMap(step => change(step) ?? []);
  return () => checkPlan({ ...plan, steps } as Plan, seen, path => path);
}

test('a plan that was made passes', () => {
  assert.doesNotThrow(bent(step => step));
});

test('a write to a name that is not free is refused', () => {
  const onto = (to: string) => bent(step => (step.kind === 'copy' ? { ...step, to } : step));
  assert.throws(
    onto('/var/log/app/a.log.2.gz'),
    /internal: step 3 \(copy\) writes to .*a\.log\.2\.gz, which is not free/,
  );
  assert.throws(
    bent(step => (step.kind === 'copy' ? { ...step, to: '/var/log/app/a.log.tmp' } : step), {
      taken: ['a.log.tmp'],
    }),
    /not free/,
  );
});

test('a step out of its place, or waiting for a later one, is refused', () => {
  assert.throws(
    bent(step => (step.id === 2 ? null : step)),
    /stands at place/,
  );
  assert.throws(
    bent(step => (step.id === 2 ? { ...step, after: [5] } : step)),
    /waits for a later step/,
  );
});

test('emptying before the copy is there, and taking what is gone, is refused', () => {
  const other = (step: StepOf<'copy'>): Step => ({ ...step, to: '/var/log/app/elsewhere' });
  assert.throws(
    bent(step => (step.kind === 'copy' ? other(step) : step)),
    /empties .*a\.log before its copy is there/,
  );
  assert.throws(
    bent(step =>
      step.kind === 'compress' ? { ...step, file: { ...step.file, path: '/var/log/app/x' } } : step,
    ),
    /needs \/var\/log\/app\/x/,
  );
});

test('deleting the live log, or what nothing names, is refused', () => {
  const deleting = (path: string) =>
    bent(step => (step.kind === 'delete' ? { ...step, file: { ...step.file, path } } : step));
  assert.throws(deleting('/var/log/app/a.log'), /which nothing in the plan names|deletes the live log/);
  assert.throws(deleting('/etc/passwd'), /needs \/etc\/passwd/);
});

test('steps name folders with their links resolved, and the plan lists them by identity', () => {
  const real = '/data/log';
  const { plan } = planFor([logSet()], {
    folders: [{ path: '/var/log/app', real, id: '9:9:1', free: null, blockSize: 4096, collapses: null }],
  });
  assert.deepEqual(plan.folders, [{ path: real, id: '9:9:1' }]);
  assert.ok(plan.steps.every(step => !('file' in step) || step.file.path.startsWith(`${real}/`)));
  assert.ok(plan.steps.every(step => step.log === '/var/log/app/a.log'));
});

test('two sections of one run do not want one name', () => {
  const [first, second] = [
    logSet({ path: '/srv/a/x.log', policy: 'daily\nrotate 2', generations: [] }),
    logSet({ path: '/srv/a/x.log.1', policy: 'daily\nrotate 1', generations: [] }),
  ];
  const planning = planFor([first, second]);
  assert.deepEqual(outline(planning), ['move x.log.1 > x.log.1.1']);
  assert.equal(planning.kept.find(({ log }) => log === '/srv/a/x.log')?.how, 'trouble');
});

test('extra space is that of the largest lanes at once, and what stays of the others', () => {
  const { plan, totals } = planFor([logSet({ live: 10 * MiB, ratio: 0.1 })]);
  assert.equal(totals.extra, 10 * MiB);
  assert.equal(totals.after, totals.now - 9 * MiB - MiB);
  assert.equal(predict([], [], plan.steps).extra, totals.extra);
  const six = [1, 2, 3, 4, 5, 6].map(index =>
    logSet({
      path: `/var/log/${index}.log`,
      generations: [],
      live: index * MiB,
      policy: 'daily\nrotate 2\ncopy',
    }),
  );
  assert.equal(planFor(six).totals.extra, 21 * MiB);
});
