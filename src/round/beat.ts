// The heartbeat of a service that has nothing to do.

import type { Planning } from '../plan/plan.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Errand, Site } from './site.ts';

/**
 * A whole round that found nothing to do is on record too: it is what tells a quiet service from a
 * dead one (`status --check`). Not where one moment rules the run: the door keeps STATE alone.
 */
export async function beat(
  { world, ledger, moment }: Site,
  { cause }: Errand,
  at: EpochMs,
  plannings: readonly Planning[],
): Promise<void> {
  if (moment !== undefined) return;
  const failed = plannings.flatMap(({ kept }) => kept).filter(({ how }) => how === 'trouble').length;
  const took = world.clock.now() - at;
  await ledger.addSamples([], { at, took, cause: `${cause.trigger}: ${cause.detail}`, steps: 0, failed });
}
