// Shell scripts around a rotation.

import { ageOrNever } from '../arguments.ts';
import { type Entry, entry, group, pair, taking } from '../directive.ts';
import type { ScriptName } from '../policy.ts';

export const scripts = group('scripts', [
  script(
    'prerotate',
    'a shell script that runs before a log is rotated; when it fails, the log is left alone',
  ),
  script('postrotate', 'a shell script that runs after a log is rotated, as a rule to have it reopened'),
  script('firstaction', 'a shell script that runs once before the first log of the section is rotated'),
  script('lastaction', 'a shell script that runs once after the last log of the section, even after errors'),
  script('preremove', 'a shell script that runs before a file is deleted; when it fails, the file stays'),
  ...pair('sharedscripts', on => ({ sharedscripts: on }), {
    says: 'prerotate and postrotate run once for all logs of the section, not once for each',
  }),
  taking('scripttimeout', ageOrNever, limit => ({ scripttimeout: limit }), {
    says: 'a script that takes longer is ended and counts as failed',
    example: 'scripttimeout 30s',
    standard: '10m',
    from: 'logmill',
  }),
]);

function script(keyword: ScriptName, says: string): Entry {
  const words = { says, example: `${keyword}\n    …\nendscript`, standard: 'none' };
  return entry(keyword, words, {
    takes: 'script',
    shape: '… endscript',
    read(raw, naming) {
      const { text, at } = raw;
      const block = {
        text,
        at,
        get digest() {
          return naming.digest(text);
        },
      };
      return {
        value: { kind: 'set', change: ({ scripts }) => ({ scripts: { ...scripts, [keyword]: block } }) },
      };
    },
  });
}
