// Who holds files open: asked of procfs on Linux, of lsof(8) elsewhere.

import type { FileId } from '../units/identity.ts';
import { lsofCensus } from './lsof-census.ts';
import { procCensus } from './proc-census.ts';
import { stopProcesses } from './stop.ts';
import { Trouble } from './trouble.ts';
import type { Census, Processes } from './world.ts';

/** @param source 'procfs' only on Linux with /proc in place */
export function processesBy(source: 'procfs' | 'lsof'): Processes {
  return {
    census: async files => {
      if (files.size === 0) return nobodyAsked;
      return source === 'procfs' ? procCensus(files) : lsofCensus(files);
    },
    stop: async (pids, limit) => {
      if (source === 'procfs') return stopProcesses(pids, limit);
      throw new Trouble({
        code: 'ENOTSTOPPED',
        message: 'processes can be stopped only where /proc tells that they stand still',
        hint: 'say truncatewith auto',
      });
    },
  };
}

const nobodyAsked: Census = { complete: true, blind: null, holders: new Map<FileId, never>() };
