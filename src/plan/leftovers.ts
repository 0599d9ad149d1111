// What runs whose record is lost have left under temporary names is taken away: it is always a copy of
// what stands elsewhere. Only what was set aside may be the only one, and is shown to a person.

import type { LogSet, SeenFile } from '../logs/log-set.ts';
import { readTemporary } from '../logs/temporary.ts';
import { nameOf } from '../units/path.ts';
import { type Draft, keep, realPath } from './draft.ts';
import { reasonOf } from './reason.ts';

export function sweep(draft: Draft, logSet: LogSet, leftovers: readonly SeenFile[]): void {
  for (const { path, id, size, allocated, modified } of leftovers) {
    if (readTemporary(nameOf(path))?.aside === true) {
      const why = reasonOf(
        logSet.policy,
        null,
        'it was set aside by a run that was stopped, whose record is lost',
      );
      keep(draft, logSet, {
        how: 'trouble',
        path,
        size,
        why,
        hint: 'see which log it belongs to, and give it its name again',
      });
      continue;
    }
    draft.steps.push({
      id: draft.steps.length + 1,
      lane: path,
      log: logSet.path,
      policy: logSet.policy.name,
      after: [],
      always: false,
      why: reasonOf(logSet.policy, null, 'left half made by a run that was stopped, whose record is lost'),
      kind: 'delete',
      file: { path: realPath(draft, path), id, madeBy: null, size, allocated, modified },
      shred: null,
    });
  }
}
