// Where the door does not do as logrotate 3.21 does: each on purpose, by name, with its reason. The
// README prints this table, and the differential test may explain what it sees by nothing else.

import type { Difference } from './difference.ts';
import { newerReleases } from './newer-releases.ts';

export const differences: readonly Difference[] = [
  {
    name: 'indented brace',
    kind: 'fixed',
    logrotate:
      'after a fault in a section, everything up to the next } in the first column is swallowed, often the next section too',
    here: 'a faulty section ends at its own }, and only that section is left out',
    because: 'one typing error must not stop the rotation of other logs without a word',
  },
  {
    name: 'faulty section',
    kind: 'fixed',
    logrotate:
      'a section reported as skipped can still run with what was read of it, often rotate 0, which deletes',
    here: 'a section with a fault is never served',
    because: 'a configuration error never leads to deleting',
  },
  {
    name: 'unclosed section',
    kind: 'fixed',
    logrotate: 'a section or a line that the end of the file cuts off is served as far as it was read',
    here: 'an error; that section is left alone, as is what inherits a rotate or maxage from a last line without an end',
    because: 'what is missing may be what says how many logs to keep',
  },
  {
    name: 'numbers out of range',
    kind: 'fixed',
    logrotate: 'numbers wrap: rotate 4294967296 is rotate 0, which deletes, and size 17179869184G is size 0',
    here: 'an error, and its section is left out',
    because: 'who writes a number that large means as many as there are',
  },
  {
    name: 'globals of a faulty file',
    kind: 'fixed',
    logrotate: 'after a file with one fault, later files run with built-in defaults such as rotate 0',
    here: 'a fault in a section leaves globals in force; after one in a global those of the files before stay, and sections that would inherit from the faulty file how much is kept are not served',
    because: 'a fault in one file must not change what is kept of the logs of another',
  },
  {
    name: 'olddir fault',
    kind: 'fixed',
    logrotate: 'an olddir that is missing drops its section and the rest of its file',
    here: 'its logs are in trouble once they are due (exit 1), all others are served',
    because: 'other logs have done nothing wrong',
  },
  {
    name: 'repeated log',
    kind: 'fixed',
    logrotate:
      'when a pattern names a log that an earlier section has, the remaining matches of that pattern are dropped',
    here: 'only the repeated log is left to its first section (still exit 1 without ignoreduplicates)',
    because: 'the others would not be rotated by anybody',
  },
  {
    name: 'failed rotation',
    kind: 'fixed',
    logrotate: 'a rotation that fails, or is skipped because the dated name is there, is recorded as done',
    here: 'the state keeps the last rotation that was one; the next run tries again',
    because: 'a full disk at midnight must not cost a week',
  },
  {
    name: 'state when killed',
    kind: 'fixed',
    logrotate: 'the state is written at the end only, and lost when the run is killed',
    here: 'it is written as sections are done, and what was interrupted is finished by the next run (STATE.logmill)',
    because: 'logs would be rotated twice, or left half done',
  },
  {
    name: 'another file as state',
    kind: 'fixed',
    logrotate:
      'a file whose first line is not that of a state file is taken for an empty one, and overwritten',
    here: 'it is left as it is, and nothing is rotated (exit 3)',
    because: 'it may be a log or a configuration that was named by mistake',
  },
  {
    name: 'bad state line',
    kind: 'fixed',
    logrotate: 'all entries after a bad line of the state file are forgotten',
    here: 'that line is (exit 1), the others hold',
    because: 'forgetting delays the rotation of every log behind it by a period',
  },
  {
    name: 'entries of what is skipped',
    kind: 'fixed',
    logrotate: 'a log in a folder that others can write to loses its entry after a year',
    here: 'it is kept as long as the log is there',
    because: 'once the folder is as it should be, the log would be taken for one never seen',
  },
  {
    name: 'own archives',
    kind: 'fixed',
    logrotate: 'a pattern such as d/* rotates its own old logs again (a.1.1.1)',
    here: 'old logs and archives of a log that the configuration has are never logs themselves',
    because: 'the count never holds, and the disk fills',
  },
  {
    name: 'never overwritten',
    kind: 'fixed',
    logrotate:
      'renames over whatever has the name; creations move it to NAME-DATE.backup, which nobody removes',
    here: 'nothing is overwritten: what stands in the way is an error with its name, and the log stays as it is',
    because: 'the file in the way may be the only copy',
  },
  {
    name: 'plain leftover',
    kind: 'fixed',
    logrotate:
      'with compress, a plain old log that an interrupted compression left is overwritten by the next rotation',
    here: 'it is counted, shifted and compressed at the next rotation, and goes by count and age like the others',
    because: 'it was the only copy of its lines',
  },
  {
    name: 'failed copy',
    kind: 'fixed',
    logrotate: 'old logs are shifted before the copy, so that repeated failures push history out',
    here: 'with copy and copytruncate, numbers are shifted only while the first is taken',
    because: 'a full disk must not delete history',
  },
  {
    name: 'copy with renamecopy',
    kind: 'fixed',
    logrotate: 'with both, a copy is looked for that nobody has made, and every run fails',
    here: 'the log is copied',
    because: 'copy says so',
  },
  {
    name: 'renamecopy',
    kind: 'fixed',
    logrotate:
      'the renamed log is copied and deleted, with what a late writer adds meanwhile; when postrotate fails it stays as LOG.tmp, and the next one replaces it',
    here: 'it is renamed once more, also when postrotate fails, and keeps its date; only to another file system it is copied, once nobody writes to it',
    because: 'no line is lost, and no log is left under a name that nobody looks for',
  },
  {
    name: 'rotate -1 start 0',
    kind: 'fixed',
    logrotate: 'the highest number is overwritten',
    here: 'every old log is kept',
    because: 'rotate -1 says so',
  },
  {
    name: 'rotate 0 leftovers',
    kind: 'fixed',
    logrotate:
      'with rotate 0 the newest dated log from before stays for ever; the first numbered one is renamed over the second',
    here: 'dated ones all go; numbered ones make room as far as they must, and none is lost',
    because: 'a directive that was changed must not overwrite history',
  },
  {
    name: 'compressed to be removed',
    kind: 'fixed',
    logrotate: 'with rotate 0 a log is compressed and then removed, preremove running for both files',
    here: 'it is removed as it is, preremove running once',
    because: 'the work and the space are for nothing, and a full disk has none',
  },
  {
    name: 'surplus goes last',
    kind: 'fixed',
    logrotate:
      'dated logs over the count, and those over maxage, are mailed and removed before the log is moved',
    here: 'whatever goes is mailed and removed last, under the number that it has by then',
    because: 'when the rotation fails, nothing has been deleted for it',
  },
  {
    name: 'delayed compression',
    kind: 'fixed',
    logrotate:
      'what the last rotation left plain is compressed before the log is moved; when that fails the log is not rotated',
    here: 'it is compressed afterwards, under its next number',
    because: 'a compressor that is missing must not let the log grow',
  },
  {
    name: 'scripts without a rotation',
    kind: 'fixed',
    logrotate: 'firstaction, prerotate and lastaction run although the only log that is due is skipped then',
    here: 'they run when a log is rotated',
    because: 'they may stop a service',
  },
  {
    name: 'sharedscripts after a failure',
    kind: 'fixed',
    logrotate:
      'once a step fails for one log, the steps that remain are left out for all logs of the section',
    here: 'those of the other logs are done',
    because: 'what stays plain is overwritten by the next rotation, and what should go stays for ever',
  },
  {
    name: 'brackets in names',
    kind: 'fixed',
    logrotate:
      'with dateext or rotate -1, old logs of app[1].log are not found, so they are never removed, or overwritten; while it is away, its entry is named as its pattern',
    here: 'every character of a name stands for itself',
    because: 'the disk fills, or history is lost',
  },
  {
    name: 'daylight saving',
    kind: 'fixed',
    logrotate:
      'the day on which clocks go forward counts as none: weekly 7 comes a day late; an entry in the hour left out moves',
    here: 'days are counted by the calendar, and entries stay as they are',
    because: 'a week has seven days',
  },
  {
    name: 'dry run',
    kind: 'fixed',
    logrotate: '-d creates olddirs, sends mail, and fails over old logs that it has not made',
    here: '-d changes nothing at all',
    because: 'that is what it says of itself',
  },
  {
    name: 'olddir when needed',
    kind: 'fixed',
    logrotate: 'createolddir makes folders while the configuration is read',
    here: 'when the first log is rotated into them',
    because: 'a configuration is read for -d too',
  },
  {
    name: 'firstaction and lastaction',
    kind: 'fixed',
    logrotate: 'a script that hangs or a run that is killed leaves the section half done',
    here: 'the next run goes on where it stopped; a script that did not end runs again',
    because: 'the writer may still hold the old file',
  },
  {
    name: 'copytruncate of a writer without O_APPEND',
    kind: 'fixed',
    logrotate: 'the log becomes a hole of its old size at the next line',
    here: 'refused, with the fix (exit 1)',
    because: 'the file would never get smaller',
  },
  {
    name: 'held by its writer',
    kind: 'fixed',
    logrotate: 'compresses an old log that its writer still writes to; those lines are lost',
    here: 'waits up to 5 s, then leaves it plain for the next rotation (a warning, exit 0)',
    because: 'no line is lost',
  },
  {
    name: 'lock on a replaced state',
    kind: 'fixed',
    logrotate: 'a run that waited holds the lock of a file that has been replaced, and excludes nobody',
    here: 'the lock is taken on the file that stands there, and carried over when it is replaced',
    because: 'two runs would rotate one log at once',
  },
  {
    name: 'supplementary groups',
    kind: 'fixed',
    logrotate: "su keeps root's supplementary groups",
    here: 'they are those of the named user',
    because: 'su is there to give rights up',
  },
  {
    name: 'mail under su',
    kind: 'left out',
    logrotate: 'letters are sent by the user who started logrotate',
    here: 'by the su user, who can read the log',
    because: 'an old log of a user is not opened by root',
  },
  {
    name: 'special files',
    kind: 'fixed',
    logrotate: 'FIFOs, sockets and devices are renamed as logs; a FIFO in an include folder blocks',
    here: 'only regular files are logs or configurations',
    because: 'none of them has lines to keep',
  },
  {
    name: 'shred of several names',
    kind: 'fixed',
    logrotate: 'with allowhardlink shred overwrites what the other names of a log show',
    here: 'a file with several names is not shredded; it is kept, and said',
    because: 'the other name may be a copy that somebody keeps',
  },
  {
    name: 'hidden editor files',
    kind: 'fixed',
    logrotate: '.x.conf.swp in an include folder is read as a configuration',
    here: 'a taboo ending is taboo with a leading dot too',
    because: 'it is the half-saved file of somebody who edits',
  },
  {
    name: 'popt aliases',
    kind: 'left out',
    logrotate: '/etc/popt and ~/.popt can name further options',
    here: 'they are not read',
    because: 'an alias would change what a cron job does from a file that it does not name',
  },
  {
    name: 'extended attributes',
    kind: 'left out',
    logrotate: 'the SELinux context of the old file is set on new ones',
    here: "ACLs are carried over; contexts come from the system's policy for the folder",
    because: 'no program sets them on every platform',
  },
  {
    name: 'mail of what is plain',
    kind: 'fixed',
    logrotate: 'with compress an old log that is still plain is neither mailed nor removed',
    here: 'what is plain is mailed as it is',
    because: 'it would stand in the way of every rotation that follows',
  },
  ...newerReleases,
];
