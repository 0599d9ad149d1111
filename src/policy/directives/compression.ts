// Whether old logs are compressed, and with what.

import { type Argument, bareWord, namePart, words } from '../arguments.ts';
import { extensionOf } from '../compressor.ts';
import { group, pair, taking } from '../directive.ts';

const word = bareWord('TEXT', 'compress extension');

/** The ending of a name: one word, and no way to another folder. */
const ending: Argument<string> = {
  ...word,
  read(raw, naming) {
    const taken = word.read(raw, naming);
    return 'problem' in taken ? taken : namePart('TEXT').read(raw, naming);
  },
};

export const compression = group('compression', [
  ...pair('compress', on => ({ compress: on }), { says: 'old logs are compressed' }),
  ...pair('delaycompress', on => ({ delaycompress: on }), {
    says: 'an old log is compressed at the rotation after its own: for programs that go on writing for a while',
  }),
  taking(
    'compresscmd',
    bareWord('PROGRAM', 'compress path'),
    (program, settings, dialect) => ({
      compresscmd: program,
      compressext: extensionOf(program, dialect) ?? settings.compressext,
    }),
    {
      says: 'what compresses: gzip, zstd and brotli are built in, any other program is run; known names set the extension',
      example: 'compresscmd zstd',
      standard: 'gzip',
    },
  ),
  taking('uncompresscmd', bareWord('PROGRAM', 'uncompress path'), program => ({ uncompresscmd: program }), {
    says: 'what unpacks an old log that is to be mailed',
    example: 'uncompresscmd unzstd',
    standard: 'gunzip',
  }),
  taking('compressext', ending, ending => ({ compressext: ending }), {
    says: 'the ending of compressed logs',
    example: 'compressext .zst',
    standard: "the compressor's own",
  }),
  taking('compressoptions', words, options => ({ compressoptions: options }), {
    says: 'a level for what is built in, as -9, or fast, mid, high or max; arguments for any other program',
    example: 'compressoptions -9',
    standard: 'gzip -6, zstd mid, brotli -4',
  }),
]);
