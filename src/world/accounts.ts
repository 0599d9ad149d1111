// Users and groups by name: from /etc/passwd and /etc/group, and from the system's directory service
// for those who are not there (LDAP, sssd; on macOS everybody). Read afresh when the files change.

import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import type { Path } from '../units/path.ts';

export interface Account {
  readonly id: number;
  /** Users only. */
  readonly home: Path | null;
}

export type AccountKind = 'user' | 'group';

/** null when there is none of that name; a number is a name like any other. */
export function findAccount(kind: AccountKind, name: string): Account | null {
  const listed = tableOf(kind).get(name);
  if (listed !== undefined) return listed;
  const key = `${kind} ${name}`;
  const known = asked.get(key);
  if (known !== undefined) return known;
  const found = ask(kind, name);
  asked.set(key, found);
  return found;
}

/** Whether anybody has this number. */
export function isAccount(kind: AccountKind, id: number): boolean {
  for (const listed of tableOf(kind).values()) if (listed.id === id) return true;
  const key = `${kind} #${id}`;
  const known = asked.get(key);
  if (known !== undefined) return known !== null;
  const isThere = process.platform === 'darwin' ? isInDirectory(kind, id) : isInGetent(kind, id);
  asked.set(key, isThere ? { id, home: null } : null);
  return isThere;
}

/** Lines of passwd(5) or group(5). */
export function parseAccounts(text: string, kind: AccountKind): Map<string, Account> {
  const accounts = new Map<string, Account>();
  for (const line of text.split('\n')) {
    const fields = line.split(':');
    const [name, , id] = fields;
    if (name === undefined || name === '' || name.startsWith('#') || !/^\d+$/.test(id ?? '')) continue;
    const home = kind === 'user' ? (fields[5] ?? '') : '';
    // The first of two entries holds, as for getpwnam(3).
    if (!accounts.has(name)) accounts.set(name, { id: Number(id), home: home === '' ? null : home });
  }
  return accounts;
}

interface Table {
  readonly stamp: string;
  readonly accounts: Map<string, Account>;
}

const files: Readonly<Record<AccountKind, string>> = { user: '/etc/passwd', group: '/etc/group' };
const tables = new Map<AccountKind, Table>();
const asked = new Map<string, Account | null>();

function tableOf(kind: AccountKind): Map<string, Account> {
  const path = files[kind];
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  const stamp = stats === undefined ? 'none' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
  const known = tables.get(kind);
  if (known?.stamp === stamp) return known.accounts;
  asked.clear();
  const accounts = parseAccounts(stats === undefined ? '' : readFileSync(path, 'utf8'), kind);
  tables.set(kind, { stamp, accounts });
  return accounts;
}

function ask(kind: AccountKind, name: string): Account | null {
  // Neither an option to the program that is asked nor a path into the directory.
  if (!/^[A-Za-z_][\w.@$\\ -]*$/.test(name)) return null;
  return process.platform === 'darwin' ? askDirectory(kind, name) : askGetent(kind, name);
}

function askGetent(kind: AccountKind, name: string): Account | null {
  const answer = outputOf('getent', [kind === 'user' ? 'passwd' : 'group', name]);
  return answer === null ? null : (parseAccounts(answer, kind).get(name) ?? null);
}

function isInGetent(kind: AccountKind, id: number): boolean {
  return outputOf('getent', [kind === 'user' ? 'passwd' : 'group', `${id}`]) !== null;
}

function isInDirectory(kind: AccountKind, id: number): boolean {
  const [place, key] = places[kind];
  const found = outputOf('/usr/bin/dscl', ['/Search', '-search', `/${place}`, key, `${id}`]);
  return (found ?? '').trim() !== '';
}

const places = { user: ['Users', 'UniqueID'], group: ['Groups', 'PrimaryGroupID'] } as const;

function askDirectory(kind: AccountKind, name: string): Account | null {
  const [place, key] = places[kind];
  const answer = outputOf('/usr/bin/dscl', [
    '/Search',
    '-read',
    `/${place}/${name}`,
    key,
    'NFSHomeDirectory',
  ]);
  const id = new RegExp(`^${key}:\\s*(\\d+)$`, 'm').exec(answer ?? '')?.[1];
  if (id === undefined) return null;
  const home = /^NFSHomeDirectory:\s*(\/.*)$/m.exec(answer ?? '')?.[1];
  return { id: Number(id), home: home ?? null };
}

/** null when the program is missing, knows nothing, or takes more than 5 s. Synchronous: only policies ask. */
function outputOf(program: string, args: readonly string[]): string | null {
  try {
    return execFileSync(program, [...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5_000,
    });
  } catch {
    return null;
  }
}
