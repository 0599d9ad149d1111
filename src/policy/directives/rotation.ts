// How a log is rotated, and where its old logs go.

import { bareWord, count, oneOf } from '../arguments.ts';
import { flag, group, pair, taking } from '../directive.ts';
import { attributes, userAndGroup } from '../owner-arguments.ts';
import type { Attributes } from '../policy.ts';

export const rotation = group('how it is rotated', [
  ...pair('leavelive', on => ({ leavelive: on }), {
    says: 'the live log is never touched: its program rotates it by itself, and only what is kept of it is compressed, joined and deleted',
    from: 'logmill',
    dialect: 'logmill',
  }),
  ...pair('missingok', on => ({ missingok: on }), { says: 'a log that is not there is no error' }),
  flag(
    'ifempty',
    { ifempty: true },
    {
      says: 'an empty log is rotated too',
      slot: 'ifempty',
      standard: 'on',
    },
  ),
  flag(
    'notifempty',
    { ifempty: false },
    {
      says: 'an empty log is left alone, even when forced',
      slot: 'ifempty',
    },
  ),
  flag(
    'ignoreduplicates',
    { ignoreduplicates: true },
    {
      says: 'a log of this section that a later section names too is left out there, without an error',
    },
  ),
  taking(
    'create',
    attributes,
    (value, { createAs }) => {
      const create = over(createAs, value);
      return { create, createAs: create };
    },
    {
      says: 'makes a new, empty log once the old one is moved away; what is not given is taken from the old log',
      example: 'create 0640 www-data adm',
      slot: 'create',
    },
  ),
  flag('nocreate', { create: null }, { says: 'undoes create', slot: 'create' }),
  ...pair('copy', on => ({ copy: on }), { says: 'copies the log and leaves it as it is' }),
  flag(
    'copytruncate',
    { copytruncate: true, renamecopy: false },
    {
      says: 'copies the log, then empties it in place: for programs that cannot reopen their log',
      slot: 'copytruncate',
      clears: ['renamecopy'],
    },
  ),
  flag(
    'nocopytruncate',
    { copytruncate: false },
    {
      says: 'undoes copytruncate',
      slot: 'copytruncate',
    },
  ),
  flag(
    'renamecopy',
    { renamecopy: true, copytruncate: false },
    {
      says: 'moves the log aside, and to its place after postrotate: also to an olddir on another file system',
      slot: 'renamecopy',
      clears: ['copytruncate'],
    },
  ),
  flag('norenamecopy', { renamecopy: false }, { says: 'undoes renamecopy', slot: 'renamecopy' }),
  taking(
    'truncatewith',
    oneOf('auto', 'collapse', 'tail', 'punch', 'freeze'),
    method => ({ truncatewith: method }),
    {
      says: 'how copytruncate empties a log; auto chooses by who holds it and what the file system can do',
      example: 'truncatewith collapse',
      standard: 'auto',
      from: 'logmill',
    },
  ),
  taking('olddir', bareWord('PATH', 'olddir path', 'expand ~/'), folder => ({ olddir: folder }), {
    says: 'the folder for old logs, relative to each log',
    example: 'olddir archive',
    slot: 'olddir',
    standard: 'the folder of the log',
  }),
  flag('noolddir', { olddir: null }, { says: 'undoes olddir', slot: 'olddir' }),
  taking(
    'createolddir',
    attributes,
    (value, { createolddirAs }) => {
      const createolddir = over(createolddirAs, value);
      return { createolddir, createolddirAs: createolddir };
    },
    {
      says: 'makes the olddir, and the folders above it, where they are missing',
      example: 'createolddir 0750 root adm',
      slot: 'createolddir',
      standard: 'off; mode 0755',
    },
  ),
  flag(
    'nocreateolddir',
    { createolddir: null },
    {
      says: 'undoes createolddir',
      slot: 'createolddir',
    },
  ),
  ...pair('allowhardlink', on => ({ allowhardlink: on }), {
    says: 'a log with more than one name is rotated too',
  }),
  ...pair('shred', on => ({ shred: on }), {
    says: 'overwrites a file with shred before it is deleted',
  }),
  taking('shredcycles', count(0, 'shred cycles'), cycles => ({ shredcycles: cycles }), {
    says: 'how often shred overwrites',
    example: 'shredcycles 3',
    standard: "0, which is shred's own number",
  }),
  taking('su', userAndGroup, ids => ({ su: ids }), {
    says: 'all work on these logs is done as this user and group',
    example: 'su www-data adm',
    standard: 'whoever runs logmill',
  }),
]);

/** What is not said stays as it was said before: `create` after `create 0600` still means 0600, as in logrotate. */
function over(before: Attributes, { mode, uid, gid }: Attributes): Attributes {
  return { mode: mode ?? before.mode, uid: uid ?? before.uid, gid: gid ?? before.gid };
}
