// Mailing old logs.

import { bareWord } from '../arguments.ts';
import { flag, group, taking } from '../directive.ts';

export const mail = group('mail', [
  taking('mail', bareWord('ADDRESS', 'mail address'), address => ({ mail: address }), {
    says: 'an old log is mailed here before it is deleted',
    example: 'mail logs@example.org',
    slot: 'mail',
  }),
  flag('nomail', { mail: null }, { says: 'undoes mail', slot: 'mail' }),
  flag(
    'mailfirst',
    { mailfirst: true },
    {
      says: 'mails the log that was just rotated',
      slot: 'mailfirst',
    },
  ),
  flag(
    'maillast',
    { mailfirst: false },
    {
      says: 'mails the log that is about to be deleted',
      slot: 'mailfirst',
      standard: 'on',
    },
  ),
]);
