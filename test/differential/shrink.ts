// Smaller neighbours of a case: a run, a configuration, a section, a directive, a file or an entry of
// the state less. Whether one still differs is for the caller to see.

import type { Case, Config } from './case.ts';

/** The largest steps first. */
export function* smallerCases(one: Case): Generator<Case> {
  if (one.runs.length > 1) {
    yield { ...one, runs: one.runs.slice(0, -1) };
    yield { ...one, runs: one.runs.slice(1) };
  }
  if (Object.keys(one.included).length > 0) yield { ...one, included: {} };
  for (const configs of without(one.configs)) if (configs.length > 0) yield { ...one, configs };
  for (const [index, config] of one.configs.entries()) {
    for (const smaller of smallerConfigs(config)) yield { ...one, configs: one.configs.with(index, smaller) };
  }
  for (const name of Object.keys(one.files)) yield { ...one, files: lacking(one.files, name) };
  for (const name of Object.keys(one.included)) yield { ...one, included: lacking(one.included, name) };
  if (one.state !== null) {
    for (const log of Object.keys(one.state)) yield { ...one, state: lacking(one.state, log) };
  }
  if (one.args.length > 0) yield { ...one, args: [] };
  if (one.zone !== 'UTC') yield { ...one, zone: 'UTC' };
  if (one.stateEnd !== '') yield { ...one, stateEnd: '' };
  if (one.stateVersion !== 2) yield { ...one, stateVersion: 2 };
  if (one.lineEnd !== '\n') yield { ...one, lineEnd: '\n' };
}

function* smallerConfigs(config: Config): Generator<Config> {
  const { sections } = config;
  if (config.globals.length > 0) yield { ...config, globals: [] };
  if (sections.length > 1) for (const fewer of without(sections)) yield { ...config, sections: fewer };
  for (const globals of without(config.globals)) yield { ...config, globals };
  for (const [index, section] of sections.entries()) {
    const put = (changed: typeof section): Config => ({ ...config, sections: sections.with(index, changed) });
    for (const lines of without(section.lines)) yield put({ ...section, lines });
    if (section.patterns.length < 2) continue;
    for (const patterns of without(section.patterns)) yield put({ ...section, patterns });
  }
}

function without<T>(all: readonly T[]): T[][] {
  return all.map((_, index) => all.toSpliced(index, 1));
}

function lacking<T>(all: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => key !== name));
}
