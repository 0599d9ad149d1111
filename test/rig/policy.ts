// Policies for tests, in one line: the body of a section as text.

import { createHash } from 'node:crypto';
import type { Dialect } from '../../src/policy/arguments.ts';
import type { Policy } from '../../src/policy/policy.ts';
import {
  type PoliciesRead,
  type PolicyRead,
  type PolicyReader,
  readPolicies,
} from '../../src/policy/read-policies.ts';

export interface PolicyOptions {
  readonly dialect?: Dialect;
  /** The pattern list as it stands before the {; '/var/log/app/*.log' else. */
  readonly pattern?: string;
  readonly file?: string;
}

/** The policy that `body` describes, as in aPolicy('size 10M\nrotate 7'); throws on any error in it. */
export function aPolicy(body: string, options: PolicyOptions = {}): Policy {
  const { dialect = 'logmill', pattern = '/var/log/app/*.log', file = '/etc/logmill/test.conf' } = options;
  const read = readText(`${pattern} {\n${body}\n}\n`, { dialect, file });
  const errors = read.diagnostics.filter(diagnostic => diagnostic.severity === 'error');
  const [policy] = read.policies;
  if (policy === undefined || errors.length > 0)
    throw new Error(errors.map(error => error.message).join('; '));
  return policy;
}

/** Reads one policy file that stands in memory. */
export function readText(
  text: string,
  options: { readonly dialect?: Dialect; readonly file?: string } = {},
): PoliciesRead {
  const { dialect = 'logmill', file = '/etc/logmill/test.conf' } = options;
  return readPolicies([file], readerOf({ [file]: text }), dialect);
}

/** A reader over files (texts), folders (lists of names) and what else there may be, by path. */
export function readerOf(
  tree: Readonly<Record<string, string | readonly string[] | PolicyRead>>,
): PolicyReader {
  const ids: Readonly<Record<string, number>> = { root: 0, adm: 4, 'www-data': 33, logs: 1000 };
  const idOf = (name: string): number | null => ids[name] ?? null;
  return {
    isRoot: false,
    read(path) {
      const found = tree[path];
      if (found === undefined)
        return {
          kind: 'problem',
          code: 'ENOENT',
          message: `cannot read ${path}: no such file or folder (ENOENT)`,
          hint: null,
        };
      if (typeof found === 'string')
        return { kind: 'file', text: found, digest: sha256(found), mode: 0o644, uid: 0 };
      return 'kind' in found ? found : { kind: 'folder', names: found };
    },
    user: idOf,
    group: idOf,
    isTaken: (_, id) => Object.values(ids).includes(id),
    home: user => (user === null ? '/home/me' : user === 'logs' ? '/home/logs' : null),
    digest: sha256,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
