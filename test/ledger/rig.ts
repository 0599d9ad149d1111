// Plans, outcomes and folders for the record's tests.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Outcome } from '../../src/ledger/outcome.ts';
import type { FileRef, Plan, Step, StepBase } from '../../src/plan/plan.ts';

export const boot = 'boot-1';

/** Saturday 2026-08-01 10:02:11 UTC. */
export const august = Date.UTC(2026, 7, 1, 10, 2, 11);
export const dayMs = 86_400_000;

export function tempFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'logmill-ledger-'));
}

export function aPlan(fields: { id?: string; made?: number; zone?: string; steps: readonly Step[] }): Plan {
  return {
    format: 1,
    id: fields.id ?? 'plan-1',
    made: fields.made ?? august,
    zone: fields.zone ?? 'UTC',
    boot,
    host: 'here',
    cause: { trigger: 'test', detail: '' },
    policies: [],
    folders: [],
    steps: fields.steps,
  };
}

export function base(id: number, log = '/var/log/a.log'): StepBase {
  return {
    id,
    lane: log,
    log,
    policy: 'web',
    after: [],
    always: false,
    why: { text: 'because', directive: null, at: null },
  };
}

export function ref(fields: Partial<FileRef> & { path: string }): FileRef {
  return { id: null, madeBy: null, size: 0, allocated: 0, modified: null, ...fields };
}

export const gzip = { by: 'codec', codec: 'gzip', level: 6, extension: '.gz' } as const;
export const made = { mode: 0o640, uid: 0, gid: 0 };

export function rotating(id: number, log: string, fileId: string, size = 100): Step {
  return {
    ...base(id, log),
    kind: 'move',
    file: ref({ path: log, id: fileId, size }),
    to: `${log}.1`,
    rotates: true,
  };
}

export function compressing(id: number, log: string, file: FileRef, predicted: number | null = null): Step {
  return {
    ...base(id, log),
    kind: 'compress',
    file,
    to: `${file.path}.gz`,
    compressor: gzip,
    made,
    predicted: predicted === null ? null : { bytes: predicted, error: 0 },
    wait: 0,
  };
}

export function deleting(id: number, log: string, file: FileRef): Step {
  return { ...base(id, log), kind: 'delete', file, shred: null };
}

export function done(
  before: number,
  after: number,
  fields: {
    made?: string | null;
    plain?: number;
    result?: 'already';
    window?: { took: number; atRisk: number };
    grown?: number;
  } = {},
): Outcome {
  const facts = {
    footprint: {
      before: { apparent: before, allocated: before },
      after: { apparent: after, allocated: after },
    },
    made: fields.made ?? null,
    plain: fields.plain === undefined ? null : { bytes: fields.plain, sha256: 'f'.repeat(64) },
    window: fields.window ?? null,
    grown: fields.grown ?? 0,
    said: null,
  };
  return fields.result === 'already'
    ? { result: 'already', ...facts }
    : { result: 'done', took: 3, ...facts };
}

export const failed: Outcome = {
  result: 'failed',
  code: 'EACCES',
  message: 'cannot move',
  hint: null,
  said: null,
};
