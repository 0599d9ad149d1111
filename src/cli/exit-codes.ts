// The numbers a script may rely on, and their sentences (DESIGN section 6; the README prints them).

export const exitCodes = {
  done: 0,
  failed: 1,
  changesDue: 2,
  partly: 3,
  refused: 4,
  unhealthy: 5,
  usage: 64,
  locked: 75,
  policyInvalid: 78,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitSentences: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done, or nothing to do',
  failed: 'failed: nothing, or an unknown part, was done',
  changesDue: 'changes are due (plan --exit-code only)',
  partly: 'partly done: what failed is listed',
  refused: 'refused for safety: nothing failed, something was left alone on purpose',
  unhealthy: 'unhealthy (status --check only)',
  usage: 'the command line is not as it should be',
  locked: 'another logmill holds the lock: try again',
  policyInvalid: 'a policy (or the record) is not usable as it is',
};
