// The table of differences, which the README prints and the differential test may explain itself with.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { differences } from '../../src/cli/logrotate/differences.ts';

test('each difference has a name of its own, and says all that it has to', () => {
  assert.equal(new Set(differences.map(one => one.name)).size, differences.length);
  for (const one of differences) {
    for (const text of Object.values(one))
      assert.ok(text.length > 1 && !text.includes('|') && !text.includes('\n'), one.name);
  }
});

test('what the README prints of it is this table', () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8');
  if (!readme.includes('| logrotate 3.21 |')) return;
  assert.ok(readme.includes(differencesTable()), `print it anew:\n${differencesTable()}`);
});

/** As the README's drop-in chapter has it. */
function differencesTable(): string {
  const rows = differences.map(
    ({ name, logrotate, here, because }) => `| ${name} | ${logrotate} | ${here} | ${because} |`,
  );
  return ['| what | logrotate 3.21 | logmill logrotate | because |', '|---|---|---|---|', ...rows].join('\n');
}
