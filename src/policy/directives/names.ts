// How old logs are named.

import { type Argument, namePart } from '../arguments.ts';
import { group, pair, taking } from '../directive.ts';

/** A date format: it ends up in a file's name. */
const dateformat: Argument<string> = {
  ...namePart('FORMAT'),
  read(raw, naming) {
    const taken = namePart('FORMAT').read(raw, naming);
    if ('problem' in taken || naming.dialect === 'logrotate' || /%[YmdHMSGVUWuwygjsz]/.test(raw.text))
      return taken;
    const hint = `it takes %Y %m %d %H %M %S and the like, as in ${raw.example}`;
    return {
      problem: { message: `'${raw.text}' holds no date`, hint, asLogrotate: `bad dateformat '${raw.text}'` },
    };
  },
};

export const names = group('names', [
  ...pair('dateext', on => ({ dateext: on }), { says: 'old logs are named by date, not by number' }),
  taking('dateformat', dateformat, format => ({ dateformat: format }), {
    says: 'the date as dateext writes it, separator included',
    example: 'dateformat -%Y-%m-%d',
    standard: '-%Y%m%d; hourly -%Y%m%d%H; minutes -%Y%m%d%H%M',
  }),
  ...pair('dateyesterday', on => ({ dateyesterday: on }), {
    says: 'dateext uses the date of the day before',
  }),
  ...pair('datehourago', on => ({ datehourago: on }), {
    says: 'dateext uses the time of an hour before',
  }),
  taking('extension', namePart('TEXT'), ending => ({ extension: ending }), {
    says: 'a log that ends in this keeps it at the end of its old names',
    example: 'extension .log',
  }),
  taking('addextension', namePart('TEXT'), ending => ({ addextension: ending }), {
    says: 'every old log ends in this',
    example: 'addextension .old',
  }),
]);
