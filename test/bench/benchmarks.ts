// The table of benchmarks, in the order in which they run: one more is its own file and a line here.

import type { Benchmark } from './benchmark.ts';
import { busy } from './busy.ts';
import { codecs } from './codecs.ts';
import { copytruncate } from './copytruncate.ts';
import { founding } from './founding.ts';
import { idle } from './idle.ts';
import { oneFile } from './one-file.ts';
import { planning10k, planning50k } from './planning.ts';
import { searching } from './search.ts';
import { smallFiles } from './small-files.ts';
import { startUp } from './start-up.ts';
import { twelveFiles } from './twelve-files.ts';

export const benchmarks: readonly Benchmark[] = [
  startUp,
  codecs,
  oneFile,
  twelveFiles,
  smallFiles,
  planning10k,
  planning50k,
  idle,
  busy,
  copytruncate,
  searching,
  founding,
];
