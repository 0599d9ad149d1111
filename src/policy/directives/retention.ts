// Which old logs stay, and for how long.

import { age, count } from '../arguments.ts';
import { group, taking } from '../directive.ts';

export const retention = group('what is kept', [
  taking('rotate', count(-1, 'rotation count'), generations => ({ rotate: generations }), {
    says: 'how many old logs are kept; 0 keeps none, -1 sets no limit',
    example: 'rotate 14',
    standard: '0 for logrotate; logmill refuses a section that does not say what is kept',
  }),
  taking('start', count(0, 'start count'), first => ({ start: first }), {
    says: 'the number of the newest old log',
    example: 'start 0',
    standard: '1',
  }),
  taking('maxage', count(0, 'maximum age'), days => ({ maxage: days || null }), {
    says: 'old logs that were last written to more than this many days ago are deleted',
    example: 'maxage 365',
  }),
  taking('keepfor', age, limit => ({ keepfor: limit }), {
    says: 'old logs are never deleted before they are this old, counted from their rotation, whatever rotate says',
    example: 'keepfor 7d',
    from: 'logmill',
  }),
]);
