// A section while it is being read: the settings in force so far and where each was written.
// Globals are a draft too; a section begins as a copy of them. Nothing here is judged.

import type { Dialect } from './arguments.ts';
import type { Span } from './diagnostic.ts';
import type { Attributes, Settings } from './policy.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Settings before the directives on compression are put together. */
export type DraftSettings = Writable<Omit<Settings, 'compressor' | 'compactor'>> & {
  compactcmd: string;
  compactoptions: readonly string[];
  compresscmd: string;
  compressoptions: readonly string[];
  compressext: string;
  /** What create and createolddir have said so far, also where their `no…` form came after. */
  createAs: Attributes;
  createolddirAs: Attributes;
};

/** A place with its line, so that a problem found later can still show it. */
export interface Written {
  readonly at: Span;
  readonly line: string;
}

export interface Draft {
  readonly settings: DraftSettings;
  readonly written: Record<string, Written>;
  /** Keywords of globals that could not be read, by slot: what inherits one is not served. */
  readonly broken: Map<string, BrokenGlobal>;
  /** The files that wrote what is in force. */
  readonly files: Set<Digested>;
}

/** Asked only of policies that act: SHA-256 has to be loaded first. */
export interface Digested {
  readonly digest: string;
}

export interface BrokenGlobal {
  readonly written: Written;
  /** Sections that are not served because of it. */
  sections: number;
}

export function copyDraft(draft: Draft): Draft {
  return {
    settings: { ...draft.settings },
    written: { ...draft.written },
    broken: new Map(draft.broken),
    files: new Set(draft.files),
  };
}

/** What holds before anything is written: logrotate's defaults, and for logmill's own directives ours. */
export function freshDraft(dialect: Dialect): Draft {
  return {
    settings: {
      ...standard,
      // A script that hangs would hold up every log of the service; logrotate waits for ever.
      scripttimeout: dialect === 'logmill' ? 600_000 : null,
    },
    written: {},
    broken: new Map(),
    files: new Set(),
  };
}

const asTheLog: Attributes = { mode: null, uid: null, gid: null };

const standard: DraftSettings = {
  criterion: { kind: 'size', size: 1_048_576 },
  minsize: null,
  maxsize: null,
  minage: null,
  rotate: 0,
  start: 1,
  maxage: null,
  keepfor: null,
  maxtotal: null,
  budget: null,
  budgetfloor: null,
  keepfree: null,
  leavelive: false,
  missingok: false,
  ifempty: true,
  ignoreduplicates: false,
  create: null,
  createAs: asTheLog,
  copy: false,
  copytruncate: false,
  renamecopy: false,
  truncatewith: 'auto',
  olddir: null,
  createolddir: null,
  createolddirAs: { ...asTheLog, mode: 0o755 },
  allowhardlink: false,
  shred: false,
  shredcycles: 0,
  su: null,
  dateext: false,
  dateformat: null,
  dateyesterday: false,
  datehourago: false,
  extension: null,
  addextension: null,
  compress: false,
  delaycompress: false,
  compresscmd: 'gzip',
  compressoptions: [],
  compressext: '.gz',
  uncompresscmd: 'gunzip',
  compact: null,
  compactafter: 7 * 86_400_000,
  compactcmd: 'zstd',
  compactoptions: [],
  scripts: {},
  sharedscripts: false,
  scripttimeout: null,
  mail: null,
  mailfirst: false,
  schedule: null,
};
