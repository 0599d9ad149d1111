// What newer releases do otherwise than 3.21, and the door as they do.

import type { Difference } from './difference.ts';

export const newerReleases: readonly Difference[] = [
  {
    name: 'prerotate before all',
    kind: '3.22',
    logrotate: '3.21 shifts old logs before prerotate, also when that then fails',
    here: 'prerotate comes first; when it fails nothing was touched',
    because: '3.22 does so',
  },
  {
    name: 'taboo endings',
    kind: '3.22',
    logrotate: '3.21 reads app.new, app.old, app.orig and app.pac* in an include folder',
    here: 'they are taboo',
    because: 'they are what package managers leave; newer releases do so',
  },
  {
    name: 'whole days',
    kind: '3.22',
    logrotate: '3.21 lets maxage 2 remove what is just two days old',
    here: 'more than so many whole days',
    because: '3.22 does so',
  },
  {
    name: 'pattern argument',
    kind: '3.22',
    logrotate: 'in 3.21 the $1 of shared scripts ends in a blank',
    here: 'the patterns as written, without it',
    because: '3.22 does so',
  },
  {
    name: 'olddir mode',
    kind: '3.22',
    logrotate: '3.21 makes an olddir without a mode with mode 7777',
    here: '0755',
    because: '3.22 does so',
  },
  {
    name: 'refused configuration',
    kind: '3.22',
    logrotate: '3.21 exits 0 when a configuration is ignored for its owner or mode',
    here: 'exits 1',
    because: '3.22 does so',
  },
  {
    name: 'copies with rotate 0',
    kind: '3.22',
    logrotate:
      '3.21 makes no copy with rotate 0 and copy or copytruncate, and so mails nothing, and fails to compress it',
    here: 'with mail the copy is made, mailed and removed; without, there is nothing to compress',
    because: '3.22 does so',
  },
  {
    name: 'numbers as owners',
    kind: '3.22',
    logrotate: '3.21 takes the first of two numbers for a mode, and knows no quotes and no :1000',
    here: 'owner and group, as in create 1 1 or create 0640 "www-data" :1000',
    because: '3.22 does so',
  },
  {
    name: 'state that is no file',
    kind: '3.22',
    logrotate: '3.21 puts a file in the place of a device or FIFO that is named as the state',
    here: 'it is left as it is, and nothing is rotated (exit 3); /dev/null is none at all',
    because: '3.22 leaves it too',
  },
  {
    name: 'unknown directive',
    kind: '3.22',
    logrotate: '3.21 prints it as an error, and exits 0',
    here: 'a warning',
    because: '3.22 does so',
  },
];
