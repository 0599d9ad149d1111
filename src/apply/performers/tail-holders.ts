// Whether a file may be cut from its end: whoever has it open, also to read, would find it shorter.

import type { StepOf } from '../../plan/plan.ts';
import { quietBefore } from '../../plan/quiet.ts';
import type { FileId } from '../../units/identity.ts';
import { nameOf, showPath } from '../../units/path.ts';
import type { Bench, Performed } from '../bench.ts';
import { sayHolder } from './truncate-census.ts';

/** Why it must not be cut now; null where nobody has it open, or it was quiet for so long that nobody writes. */
export async function inUse(step: StepOf<'compress'>, id: FileId, bench: Bench): Promise<Performed | null> {
  const { complete, holders } = await bench.world.processes.census(new Set([id]));
  const holder = holders.get(id)?.find(({ pid }) => pid !== bench.world.host.pid);
  const path = showPath(nameOf(step.file.path));
  if (holder !== undefined) return deferred(`${path} is held open by ${sayHolder(holder)}`);
  if (complete || bench.plan.made - (step.file.modified ?? bench.plan.made) >= quietBefore) return null;
  return deferred(`${path} was written to in the last hour, and who holds it cannot be seen from here`);
}

function deferred(message: string): Performed {
  return { result: 'deferred', message };
}
