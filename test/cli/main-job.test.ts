// The whole job as a person does it: the real binary over real folders, from the first look at a
// folder to the report.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { runTool } from '../rig/run-tool.ts';
import { aTempFolder, lines, readTree } from './rig.ts';

const policyText = `"logs/*.log" {
    size 100k
    rotate 3
    keepfor 1s
    compress
    nocreate
    missingok
}
`;

test('plan --logs needs no policy file, shows bytes before and after, and leaves no trace', async t => {
  const folder = aTempFolder(t, { logs: { 'big.log': lines(12 * 1024 * 1024), 'small.log': lines(1000) } });
  const before = readTree(folder);
  const ran = await runTool(['plan', '--logs', 'logs', '--state-dir', `${folder}/state`], { cwd: folder });
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stdout, /rotate {4}big\.log/);
  assert.match(ran.stdout, /compress {2}big\.log\.1/);
  assert.match(ran.stdout, /now .*after /s);
  assert.match(ran.stdout, /Nothing was changed\./);
  assert.deepEqual(readTree(folder), before);
  assert.ok(!existsSync(`${folder}/state`));
});

test('apply does what plan said, and joining all generations gives back every byte', async t => {
  const texts = { 'a.log': lines(300_000), 'b.log': lines(500_000), 'c.log': lines(100) };
  const folder = aTempFolder(t, { logs: texts, 'p.conf': policyText });
  const planned = await runTool(['plan', 'p.conf', '--json'], { cwd: folder });
  const plan = JSON.parse(planned.stdout);
  const foretold = plan.plan.steps.filter((step: { kind: string }) => step.kind === 'compress');
  assert.equal(foretold.length, 2);

  const applied = await runTool(['apply', 'p.conf', '--state-dir', 'state', '--json'], { cwd: folder });
  assert.equal(applied.code, 0, applied.stderr);
  assert.deepEqual(readdirSync(`${folder}/logs`).sort(), ['a.log.1.gz', 'b.log.1.gz', 'c.log']);
  assert.equal(gunzipSync(readFileSync(`${folder}/logs/a.log.1.gz`)).toString(), texts['a.log']);

  writeFileSync(`${folder}/logs/a.log`, 'a new line\n');
  const joined = await runTool(['cat', 'logs/a.log'], { cwd: folder });
  assert.equal(digest(joined.stdout), digest(`${texts['a.log']}a new line\n`));

  const report = JSON.parse(
    (await runTool(['report', '--state-dir', 'state', '--json'], { cwd: folder })).stdout,
  );
  const figures = JSON.stringify(report);
  assert.match(figures, new RegExp(String(texts['a.log'].length + texts['b.log'].length)));
  const actual = foretold
    .map((step: { to: string }) => readFileSync(step.to).length)
    .reduce((a: number, b: number) => a + b, 0);
  const predicted = foretold
    .map((step: { predicted: { bytes: number } }) => step.predicted.bytes)
    .reduce((a: number, b: number) => a + b, 0);
  assert.ok(Math.abs(predicted - actual) < 0.1 * actual, `${predicted} foretold, ${actual} came`);
});

test('a second apply finds nothing to do, and plan --exit-code tells due from not due', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(200_000) }, 'p.conf': policyText });
  assert.equal((await runTool(['plan', 'p.conf', '--exit-code'], { cwd: folder })).code, 2);
  assert.equal((await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder })).code, 0);
  const again = await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.match(again.stdout, /nothing to do/);
  assert.equal(
    (await runTool(['plan', 'p.conf', '--state-dir', 's', '--exit-code'], { cwd: folder })).code,
    0,
  );
});

test('a saved plan is applied exactly, once, and refuses what changed since', async t => {
  const folder = aTempFolder(t, {
    logs: { 'a.log': lines(200_000), 'b.log': lines(200_000) },
    'p.conf': policyText,
  });
  const saved = await runTool(['plan', 'p.conf', '--out', 'plan.json'], { cwd: folder });
  assert.equal(saved.code, 0, saved.stderr);
  // Another file stands in place of b.log, and a.log has grown: growth is allowed.
  renameSync(`${folder}/logs/b.log`, `${folder}/b.elsewhere`);
  writeFileSync(`${folder}/logs/b.log`, lines(200_000));
  writeFileSync(`${folder}/logs/a.log`, 'one more\n', { flag: 'a' });

  const applied = await runTool(['apply', 'plan.json', '--state-dir', 's'], { cwd: folder });
  assert.equal(applied.code, 4, applied.stdout + applied.stderr);
  assert.match(applied.stdout, /stale .*b\.log/);
  assert.deepEqual(readdirSync(`${folder}/logs`).sort(), ['a.log.1.gz', 'b.log']);
  assert.ok(
    gunzipSync(readFileSync(`${folder}/logs/a.log.1.gz`))
      .toString()
      .endsWith('one more\n'),
  );

  const again = await runTool(['apply', 'plan.json', '--state-dir', 's'], { cwd: folder });
  assert.match(again.stdout, /applied .*nothing is left to do/);
});

test('a saved plan is refused when its policy has changed, or others can write it', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(200_000) }, 'p.conf': policyText });
  await runTool(['plan', 'p.conf', '--out', 'plan.json'], { cwd: folder });
  writeFileSync(`${folder}/p.conf`, policyText.replace('rotate 3', 'rotate 4'));
  const changed = await runTool(['apply', 'plan.json', '--state-dir', 's'], { cwd: folder });
  assert.equal(changed.code, 4);
  assert.match(changed.stderr, /policy has changed/);
  const open = aTempFolder(t, { 'plan.json': { content: readFileSync(`${folder}/plan.json`), mode: 0o666 } });
  const refused = await runTool(['apply', 'plan.json', '--state-dir', 's'], { cwd: open });
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /others can write/);
});

test('a saved plan that was edited is refused, and leaves nothing in the record that a later round trips over', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(200_000) }, 'p.conf': policyText });
  await runTool(['plan', 'p.conf', '--out', 'plan.json'], { cwd: folder });
  const saved = JSON.parse(readFileSync(`${folder}/plan.json`, 'utf8'));
  const steps = saved.plan.steps as object[];
  const edits: readonly [what: string, plan: unknown][] = [
    ['a step less', { ...saved.plan, steps: steps.slice(1) }],
    ['a step without its file', { ...saved.plan, steps: steps.map(step => ({ ...step, file: undefined })) }],
    ['a step that is none', { ...saved.plan, steps: [null, ...steps] }],
    ['no steps', { ...saved.plan, steps: 'all' }],
  ];
  for (const [what, plan] of edits) {
    writeFileSync(`${folder}/plan.json`, JSON.stringify({ ...saved, plan }));
    const refused = await runTool(['apply', 'plan.json', '--state-dir', 's'], { cwd: folder });
    assert.equal(refused.code, 4, `${what}: ${refused.stderr}`);
    assert.match(refused.stderr, /changed since it was made/, what);
  }
  assert.deepEqual(readdirSync(`${folder}/logs`), ['a.log']);
  // Laid out anew, as by an editor or jq, it is the same plan.
  writeFileSync(`${folder}/plan.json`, JSON.stringify(saved, null, 2));
  const applied = await runTool(['apply', 'plan.json', '--state-dir', 's'], { cwd: folder });
  assert.equal(applied.code, 0, applied.stderr);
});

test('a log that is named and that no policy has is said, not passed over: exit 1, or 3 beside others', async t => {
  const folder = aTempFolder(t, {
    logs: { 'a.log': lines(500), 'notes.txt': lines(500) },
    'p.conf': policyText,
  });
  const run = (...args: string[]) => runTool([...args, '--state-dir', 's'], { cwd: folder });
  assert.equal((await run('apply', 'p.conf')).code, 0);
  for (const command of ['apply', 'plan'])
    for (const args of [
      ['--force', 'logs/b.log'],
      ['--only', 'logs/notes.txt'],
    ]) {
      const ran = await run(command, 'p.conf', ...args);
      assert.equal(ran.code, 1, `${command} ${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
      assert.match(ran.stdout + ran.stderr, /no policy has a log .*(?:b\.log|notes\.txt)/);
    }
  const partly = await run('apply', 'p.conf', '--force', 'logs/a.log', 'logs/b.log');
  assert.equal(partly.code, 3, partly.stderr);
  assert.deepEqual(readdirSync(`${folder}/logs`).sort(), ['a.log.1.gz', 'notes.txt']);
});

test('--force and --only limit a round to single logs', async t => {
  const folder = aTempFolder(t, {
    logs: { 'a.log': lines(500), 'b.log': lines(500), 'c.log': lines(200_000) },
    'p.conf': policyText,
  });
  const ran = await runTool(
    ['apply', 'p.conf', '--state-dir', 's', '--force', 'logs/a.log', '--only', 'logs/a.log', 'logs/b.log'],
    { cwd: folder },
  );
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(readdirSync(`${folder}/logs`).sort(), ['a.log.1.gz', 'b.log', 'c.log']);
});

test('status says how near each log is to its limit; --check is red until a round was made', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(50 * 1024) }, 'p.conf': policyText });
  const args = ['status', 'p.conf', '--state-dir', 's', '--check'];
  const red = await runTool(args, { cwd: folder });
  assert.equal(red.code, 5);
  assert.match(red.stdout, /logs\/a\.log .* 50 %/);
  // A round that finds nothing to do is a good round.
  await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.equal((await runTool(args, { cwd: folder })).code, 0);
  await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.equal((await runTool(args, { cwd: folder })).code, 0);
});

test('explain names the policy, each value with its place, and what is next', async t => {
  const folder = aTempFolder(t, {
    logs: { 'a.log': lines(500), 'a.log.1': lines(500) },
    'p.conf': policyText,
  });
  const ran = await runTool(['explain', 'logs/a.log.1', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stdout, /a generation of/);
  assert.match(ran.stdout, /rotate +3 +p\.conf:3/);
  assert.match(ran.stdout, /size +100 KiB +p\.conf:2/);
  const nobody = await runTool(['explain', 'logs/other.txt', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /no policy has/);
});

test('init writes a policy that check finds in order and plan can use', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(5000), 'b.log': lines(300) } });
  const written = await runTool(['init', 'logs', '--out', 'p.conf'], { cwd: folder });
  assert.equal(written.code, 0, written.stderr);
  const checked = await runTool(['check', 'p.conf'], { cwd: folder });
  assert.equal(checked.code, 0, checked.stderr);
  const planned = await runTool(['plan', 'p.conf', '--state-dir', 's', '--json'], { cwd: folder });
  assert.equal(planned.code, 0, planned.stderr);
  const again = await runTool(['init', 'logs', '--out', 'p.conf'], { cwd: folder });
  assert.equal(again.code, 64);
  assert.match(again.stderr, /not overwritten/);
});

test('the report has the same sums in every format', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(200_000) }, 'p.conf': policyText });
  await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  for (const format of ['text', 'json', 'markdown', 'csv']) {
    const ran = await runTool(['report', '--state-dir', 's', '--since', '1d', '--format', format], {
      cwd: folder,
    });
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, format === 'text' || format === 'markdown' ? /195 KiB/ : /200000/, format);
  }
});

test('the balance counts what lay there before the first round', async t => {
  const old = Object.fromEntries([1, 2, 3, 4, 5].map(number => [`a.log.${number}`, lines(20_000 * number)]));
  const folder = aTempFolder(t, { logs: { 'a.log': lines(200_000), ...old }, 'p.conf': policyText });
  const state = ['--state-dir', `${folder}/state`];
  assert.equal((await runTool(['apply', 'p.conf', ...state], { cwd: folder })).code, 0);
  const told = JSON.parse((await runTool(['report', '--json', ...state], { cwd: folder })).stdout);
  const [{ before, difference }] = told.tables.at(-1).rows;
  assert.deepEqual({ before, difference }, { before: 300_000, difference: 0 });
});

test('a preremove that always fails keeps both files, is said, and never stands in the way of the log', async t => {
  const text = `"logs/*.log" {\n size 1k\n rotate 2\n compress\n preremove\n exit 1\n endscript\n}\n`;
  const folder = aTempFolder(t, { logs: {}, 'p.conf': text });
  for (const round of [1, 2, 3]) {
    writeFileSync(`${folder}/logs/a.log`, lines(5000));
    const ran = await runTool(['apply', 'p.conf', '--state-dir', `${folder}/state`], { cwd: folder });
    assert.equal(ran.code, 3, ran.stdout + ran.stderr);
    assert.match(ran.stdout, /preremove \(p\.conf:5\) exited with 1/);
    assert.equal(readdirSync(`${folder}/logs`).length, 2 * round);
  }
});

test('output is plain in a pipe and ASCII under LANG=C', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(200_000) }, 'p.conf': policyText });
  const utf8 = await runTool(['plan', 'p.conf'], { cwd: folder });
  assert.doesNotMatch(utf8.stdout, /\u001b/);
  const coloured = await runTool(['plan', 'p.conf'], { cwd: folder, env: { FORCE_COLOR: '1' } });
  assert.match(coloured.stdout, /\u001b\[/);
  const silent = await runTool(['plan', 'p.conf'], { cwd: folder, env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
  assert.doesNotMatch(silent.stdout, /\u001b/);
  const ascii = await runTool(['plan', 'p.conf'], { cwd: folder, env: { LANG: 'C', COLUMNS: '80' } });
  assert.match(ascii.stdout, /^[\x00-\x7f]*$/);
  assert.ok(
    ascii.stdout.split('\n').every(line => line.length <= 80),
    ascii.stdout,
  );
});

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
