// Which policy files are read.

import { list, path } from '../arguments.ts';
import { type Entry, entry, group } from '../directive.ts';

export const files = group('policy files', [
  entry(
    'include',
    {
      says: 'reads another policy file, or all files of a folder, in this place',
      example: 'include /etc/logrotate.d',
      standard: 'none',
    },
    {
      takes: 'line',
      shape: path.shape,
      optional: false,
      read(raw, naming) {
        const taken = path.read(raw, naming);
        return 'problem' in taken ? taken : { value: { kind: 'include', path: taken.value } };
      },
    },
  ),
  tabooed(
    'tabooext',
    'names with these endings are not read from an included folder',
    'tabooext + .sample',
    ending => `*${ending}`,
  ),
  tabooed(
    'taboopat',
    'names that match these patterns are not read from an included folder',
    'taboopat + *.[0-9]',
    pattern => pattern,
  ),
  entry(
    'errors',
    { says: 'does nothing; very old logrotate mailed its errors to this address', standard: 'none' },
    {},
  ),
]);

function tabooed(keyword: string, says: string, example: string, patternOf: (word: string) => string): Entry {
  const standard = 'the endings that editors and packages leave';
  return entry(
    keyword,
    { says, example, standard },
    {
      takes: 'line',
      shape: list.shape,
      optional: false,
      where: 'outside sections',
      read(raw, naming) {
        const taken = list.read(raw, naming);
        if ('problem' in taken) return taken;
        return {
          value: { kind: 'taboo', append: taken.value.append, patterns: taken.value.patterns.map(patternOf) },
        };
      },
    },
  );
}
