// A plan saved for review and applied later, exactly or not at all (rulings 9). It names scripts
// by place and digest; their text is read from the policy when the time comes. It is trusted only as it
// was made: what no planner made, no performer has been thought out for, and the record would keep it.

import type { Plan } from '../plan/plan.ts';
import type { Policy } from '../policy/policy.ts';
import { folderOf, nameOf, type Path, showPath } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { World } from '../world/world.ts';
import { absolute } from './absolute.ts';
import { Stop } from './output.ts';
import { version } from './version.ts';

interface PlanFile {
  readonly logmill: 'plan';
  readonly format: 1;
  readonly version: string;
  /** SHA-256 of the plan's JSON. */
  readonly digest: string;
  readonly plan: Plan;
}

/** 256 MiB: some 500,000 steps. */
const largest = 256 * 1024 * 1024;

export async function writePlanFile(world: World, path: string, plan: Plan): Promise<void> {
  const target = absolute(path);
  const content: PlanFile = { logmill: 'plan', format: 1, version, digest: digestOf(plan), plan };
  const folder = await world.disk.openFolder(world.disk.look.real(folderOf(target)));
  const beside = `.${nameOf(target)}.${plan.id}`;
  const file = await folder.create(beside, 0o600);
  try {
    await file.write(Buffer.from(`${JSON.stringify(content)}\n`));
    await file.sync();
  } finally {
    await file.close();
  }
  const old = await folder.stat(nameOf(target));
  if (old !== null && old.kind !== 'file')
    throw new Stop('usage', `${showPath(path)} is not a file that could be replaced`);
  if (old !== null) await folder.unlink(nameOf(target));
  await folder.move(beside, folder, nameOf(target));
  await folder.sync();
  await folder.close();
}

/** The saved plan under this path; null when the file is no plan at all (a policy, then). */
export function readPlanFile(world: World, path: string): Plan | null {
  const target = absolute(path);
  let read: { readonly bytes: Buffer; readonly stat: { readonly mode: number; readonly uid: number } };
  try {
    read = world.disk.look.text(target, largest);
  } catch (error) {
    // A folder, a FIFO, nothing there: reading it as a policy says so in better words.
    if (isTrouble(error)) return null;
    throw error;
  }
  if (!/^\s*\{\s*"logmill"\s*:/.test(read.bytes.subarray(0, 64).toString('latin1'))) return null;
  refuseUnsafe(path, read.stat, world.host.uid);
  return checked(path, parsed(path, read.bytes), world);
}

function refuseUnsafe(path: Path, stat: { readonly mode: number; readonly uid: number }, uid: number): void {
  if ((stat.mode & 0o022) !== 0)
    throw new Stop(
      'refused',
      `others can write to the plan file ${showPath(path)}`,
      `chmod go-w ${showPath(path)}, and look at the plan once more`,
    );
  if (stat.uid !== uid && stat.uid !== 0)
    throw new Stop(
      'refused',
      `the plan file ${showPath(path)} belongs to another user`,
      'make the plan yourself: logmill plan --out FILE',
    );
}

function parsed(path: Path, bytes: Buffer): PlanFile {
  try {
    return JSON.parse(bytes.toString('utf8')) as PlanFile;
  } catch {
    throw new Stop(
      'policyInvalid',
      `the plan file ${showPath(path)} is cut off or damaged`,
      'make it again: logmill plan --out FILE',
    );
  }
}

function checked(path: Path, file: PlanFile, world: World): Plan {
  const again = 'make it again: logmill plan --out FILE';
  if (file.format !== 1 || file.plan?.format !== 1)
    throw new Stop(
      'policyInvalid',
      `the plan file ${showPath(path)} has format ${file.format}, and this logmill (${version}) knows format 1`,
      again,
    );
  if (file.plan.host !== world.host.name)
    throw new Stop(
      'refused',
      `the plan was made on ${showPath(String(file.plan.host))}, and this is ${showPath(world.host.name)}`,
      again,
    );
  if (file.digest !== digestOf(file.plan))
    throw new Stop('refused', `the plan in ${showPath(path)} was changed since it was made`, again);
  return file.plan;
}

/** Of what was parsed it is the same as of what was written: JSON keeps the order of names. */
function digestOf(plan: Plan): string {
  return process.getBuiltinModule('node:crypto').hash('sha256', JSON.stringify(plan));
}

/** The policies of a plan, read again, must be those it was made from. */
export function refuseChangedPolicies(plan: Plan, policies: readonly Policy[]): void {
  const now = new Set(policies.map(policy => `${policy.name}\n${policy.digest}`));
  const changed = plan.policies.filter(one => !now.has(`${one.name}\n${one.digest}`));
  if (changed.length === 0) return;
  throw new Stop(
    'refused',
    `the policy has changed since the plan was made: ${changed.map(one => showPath(one.file)).join(', ')}`,
    'plan again: logmill plan --out FILE',
  );
}
