// How output may look: width, colour, glyphs. Read once from the stream and the environment.

export interface Look {
  readonly width: number;
  readonly colour: boolean;
  /** Box and block glyphs; else plain ASCII (LANG=C). */
  readonly unicode: boolean;
  /** A terminal that can be redrawn. */
  readonly live: boolean;
}

export type Meaning = 'saves' | 'removes' | 'caution' | 'acts' | 'quiet' | 'strong' | 'plain';

export function lookOf(stream: NodeJS.WriteStream, wantsColour = true): Look {
  const { env } = process;
  const terminal = stream.isTTY === true;
  const dumb = env.TERM === 'dumb';
  const columns = Number(env.COLUMNS) || (terminal ? stream.columns : 100) || 100;
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== '';
  const forbidden = (env.NO_COLOR ?? '') !== '' || !wantsColour || dumb;
  return {
    width: Math.max(40, Math.min(columns, 160)),
    colour: !forbidden && (terminal || forced),
    unicode:
      /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '') ||
      (process.platform === 'darwin' && !env.LC_ALL && !env.LANG),
    live: terminal && !dumb,
  };
}

/** Green, red, yellow, cyan, grey, bold (ECMA-48): how each begins and ends. node:util, which knows them too, takes 7 ms to load. */
const styles = {
  saves: ['32', '39'],
  removes: ['31', '39'],
  caution: ['33', '39'],
  acts: ['36', '39'],
  quiet: ['90', '39'],
  strong: ['1', '22'],
} as const;

export function paint(look: Look, meaning: Meaning, text: string): string {
  if (!look.colour || meaning === 'plain' || text === '') return text;
  const [begin, end] = styles[meaning];
  return `\x1b[${begin}m${text}\x1b[${end}m`;
}

/** The signs of the plan, the same in every screen. */
export const signs = (look: Look) =>
  look.unicode
    ? ({
        rotate: '↻',
        compress: '▾',
        delete: '✕',
        keep: '·',
        leave: '=',
        caution: '!',
        script: '»',
        done: '✓',
        working: '◐',
        open: '┌',
        side: '│',
        close: '└',
        line: '─',
        arrow: '→',
        minus: '−',
        plusMinus: '±',
        dot: '·',
      } as const)
    : ({
        rotate: 'R',
        compress: 'Z',
        delete: 'D',
        keep: '.',
        leave: '=',
        caution: '!',
        script: '>',
        done: 'v',
        working: '*',
        open: '+',
        side: '|',
        close: '+',
        line: '-',
        arrow: '->',
        minus: '-',
        plusMinus: '+-',
        dot: '-',
      } as const);

/** A bar of `width` cells; eighth blocks where there are some, so that small differences show. */
export function bar(look: Look, share: number, width: number): string {
  const full = Math.max(0, Math.min(1, share)) * width;
  if (!look.unicode) {
    const blocks = Math.round(full);
    return `[${'#'.repeat(blocks)}${'.'.repeat(width - blocks)}]`;
  }
  const whole = Math.floor(full);
  const eighth = Math.floor((full - whole) * 8);
  const part = whole < width && eighth > 0 ? (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighth] ?? '') : '';
  return `▕${'█'.repeat(whole)}${part}${'·'.repeat(width - whole - (part === '' ? 0 : 1))}▏`;
}
