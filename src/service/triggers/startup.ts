// One round over all logs when the service starts: whatever happened while it was not there.

import type { Trigger } from '../trigger.ts';

export const startup: Trigger = {
  name: 'startup',
  start: async ground => {
    ground.nudge({ cause: { trigger: 'startup', detail: 'the service starts' }, logs: null });
    return { renew: async () => undefined, stop: async () => undefined };
  },
};
