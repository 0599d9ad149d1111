// When a log is due.

import { type Argument, count, dayUpTo, size } from '../arguments.ts';
import { flag, group, taking } from '../directive.ts';
import { problemOfSchedule } from '../schedule.ts';

const timed = 'criterion';

/** A cron expression that can come true. */
const cron: Argument<string> = {
  shape: 'CRON',
  equals: true,
  optional: false,
  read(raw) {
    const problem = problemOfSchedule(raw.text);
    if (problem === null) return { value: raw.text };
    const hint = `minute, hour, day, month and weekday, as in ${raw.example}`;
    const message = `'${raw.text}' is not a schedule: ${problem}`;
    return { problem: { message, hint, asLogrotate: `bad schedule '${raw.text}'` } };
  },
};

export const when = group('when', [
  flag(
    'hourly',
    { criterion: { kind: 'hourly' } },
    {
      says: 'a log is due once an hour has begun since its last rotation',
      slot: timed,
    },
  ),
  taking('minutes', count(1, 'minutes'), minutes => ({ criterion: { kind: 'minutes', minutes } }), {
    says: 'a log is due when more than this many minutes have passed since its last rotation',
    example: 'minutes 30',
    slot: timed,
  }),
  flag(
    'daily',
    { criterion: { kind: 'daily' } },
    {
      says: 'a log is due once a day has begun since its last rotation',
      slot: timed,
    },
  ),
  taking('weekly', dayUpTo(7), day => ({ criterion: { kind: 'weekly', day } }), {
    says: 'a log is due on this weekday (0 Sunday to 6), or after seven days; 7: every seven days, whatever the day',
    example: 'weekly 1',
    slot: timed,
    standard: 'off; day 0',
  }),
  taking('monthly', dayUpTo(31), day => ({ criterion: { kind: 'monthly', day } }), {
    says: 'a log is due on this day of the month, or on its last; 0: at the first round in a month',
    example: 'monthly 1',
    slot: timed,
    standard: 'off; day 0',
  }),
  flag(
    'yearly',
    { criterion: { kind: 'yearly' } },
    {
      says: 'a log is due once a year has begun since its last rotation',
      slot: timed,
    },
  ),
  taking('size', size, bytes => ({ criterion: { kind: 'size', size: bytes } }), {
    says: 'a log is due when it has at least this size, whatever the time',
    example: 'size 64M',
    slot: timed,
    standard: '1 MiB, when no time criterion is written',
  }),
  taking('minsize', size, bytes => ({ minsize: bytes }), {
    says: 'a time criterion counts only for logs of at least this size',
    example: 'minsize 100k',
  }),
  // Zero is none at all, as in logrotate: here, in minage and in maxage.
  taking('maxsize', size, bytes => ({ maxsize: bytes || null }), {
    says: 'a log that is larger than this is due before its time',
    example: 'maxsize 1G',
  }),
  taking('minage', count(0, 'minimum age'), days => ({ minage: days || null }), {
    says: 'a time criterion counts only for logs that were last written to more than this many days ago',
    example: 'minage 1',
  }),
  taking('schedule', cron, expression => ({ schedule: expression }), {
    says: 'time criteria are looked at when this cron expression says so, not at the start of their period',
    example: 'schedule 30 3 * * *',
    standard: 'at the start of the period',
    from: 'logmill',
  }),
]);
