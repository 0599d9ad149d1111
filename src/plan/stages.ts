// The stages of a log, in the order in which they are taken. Scripts stand between them:
// section.ts says where.

import type { Draft, LogDraft } from './draft.ts';
import { compact } from './stages/compact.ts';
import { compress } from './stages/compress.ts';
import { mailNewest, remove, sayWhatStays } from './stages/remove.ts';
import { finishRename, makeFolders, shift, take } from './stages/rotate.ts';

export type Stage = (draft: Draft, log: LogDraft) => void;

/** Between prerotate and postrotate. */
export const rotation: readonly Stage[] = [makeFolders, shift, take];

/** After postrotate; deleting is last. */
export const finish: readonly Stage[] = [finishRename, compress, compact, mailNewest, remove, sayWhatStays];

/** Of a log that is not rotated, where the policy sees to it each round: lanes of their own, so that a full disk can still be freed. */
export const leftovers: readonly Stage[] = [compress, compact, remove, sayWhatStays];
