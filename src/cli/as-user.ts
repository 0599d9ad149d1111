// The task of the processes that logmill starts to work as another user (su); nobody calls it by hand.

import { serveAsUser } from '../round/as-user-child.ts';

/** Works until the logmill that started it lets go. */
export function runAsUser(): Promise<void> {
  return serveAsUser();
}
