// The public door: what a program that embeds logmill may use. The only file that re-exports.

export type { Receipt } from './apply/apply-plan.ts';
export type { Event, Tell } from './apply/event.ts';
export { makePool } from './codec/pool.ts';
export type { History } from './ledger/history.ts';
export type { Ledger } from './ledger/ledger.ts';
export { memoryLedger, openLedger } from './ledger/open-ledger.ts';
export type { Outcome } from './ledger/outcome.ts';
export type { LogSet, Observation } from './logs/log-set.ts';
export { readPolicyFiles } from './observe/policies.ts';
export type { Plan, Planning, Step } from './plan/plan.ts';
export type { Diagnostic } from './policy/diagnostic.ts';
export type { Policy, Settings } from './policy/policy.ts';
export { builtInPolicy } from './policy/resolve.ts';
export type { Errand, Site } from './round/site.ts';
export { makeRounds, preview, type Round, type Rounds } from './round.ts';
export { thisMachine } from './world/this-machine.ts';
export { isTrouble, Trouble } from './world/trouble.ts';
export type { World } from './world/world.ts';
