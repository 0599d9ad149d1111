// Every report in every format, against what was looked at and found good. LOGMILL_GOLDEN=write
// writes the files anew; then look at the difference.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type FormatName, formats } from '../../src/report/formats.ts';
import { type ReportName, reports } from '../../src/report/reports.ts';
import type { Look } from '../../src/report/table.ts';
import { aHistory } from './rig.ts';

const plain = (_: string, text: string): string => text;
const look = (width: number, unicode = true): Look => ({ width, unicode, paint: plain });

const looks: readonly (readonly [FormatName, string, Look])[] = [
  ['text', '100.txt', look(100)],
  ['text', '80.txt', look(80)],
  ['text', '50.txt', look(50)],
  ['text', '100-ascii.txt', look(100, false)],
  ['json', 'json', look(100)],
  ['csv', 'csv', look(100)],
  ['markdown', 'md', look(100)],
];

for (const name of Object.keys(reports) as ReportName[])
  for (const [format, suffix, as] of looks)
    test(`the report of ${name} as ${suffix} is as it was`, () => {
      const written = formats[format](reports[name].make(aHistory()), as);
      const file = path.join(import.meta.dirname, 'golden', `${name}.${suffix}`);
      if (process.env.LOGMILL_GOLDEN === 'write') {
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, written);
      }
      assert.equal(written, fs.readFileSync(file, 'utf8'));
    });
