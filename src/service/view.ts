// The live view with its keys, on a terminal that can be redrawn. Without one nothing is shown and
// nothing is read.

import { listenToKeys } from './keys.ts';
import type { LiveLook, LiveModel } from './live.ts';

export interface LiveTerminal {
  readonly stream: NodeJS.WriteStream;
  readonly look: () => LiveLook;
  /** Keys are read from it when it is a terminal. */
  readonly input: NodeJS.ReadStream | null;
}

export interface View {
  touch(): void;
  end(): void;
}

export interface KeyActs {
  readonly quit: () => void;
  readonly round: () => void;
  readonly plan: () => void;
}

export async function openView(
  live: LiveTerminal | null,
  model: () => LiveModel,
  acts: KeyActs,
): Promise<View> {
  if (live === null) return { touch: () => undefined, end: () => undefined };
  // A sidecar has no terminal, and keeps what draws on one out of its memory.
  const { showLive } = await import('./live.ts');
  const shown = showLive(live.stream, live.look, model);
  const keys = live.input?.isTTY === true ? listenToKeys(live.input, key => press(key, acts)) : null;
  return {
    touch: shown.touch,
    end: () => {
      keys?.end();
      shown.end();
    },
  };
}

function press(key: string, acts: KeyActs): void {
  if (key === 'q') acts.quit();
  if (key === 'r') acts.round();
  if (key === 'p') acts.plan();
}
