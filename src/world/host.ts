// This machine and who we are on it.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, homedir, hostname, uptime } from 'node:os';
import type { Path } from '../units/path.ts';
import { findAccount, isAccount } from './accounts.ts';
import type { Host } from './world.ts';

export function thisHost(): Host {
  return {
    name: hostname(),
    boot: bootOf(process.platform),
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    pid: process.pid,
    cores: availableParallelism(),
    user: name => findAccount('user', name)?.id ?? null,
    group: name => findAccount('group', name)?.id ?? null,
    isTaken: isAccount,
    home: user => (user === null ? ourHome() : (findAccount('user', user)?.home ?? null)),
  };
}

function ourHome(): Path | null {
  try {
    return homedir();
  } catch {
    // No HOME, and a uid that is in no list, as in a container under a random uid.
    return null;
  }
}

/** @returns never empty; where the system tells none, the minute of its start */
function bootOf(platform: NodeJS.Platform): string {
  try {
    if (platform === 'linux') return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const id = execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim();
    if (id !== '') return id;
  } catch {
    // Said below in another way: a chroot without /proc, an older macOS.
  }
  return `started ${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
}
