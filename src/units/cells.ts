// How many cells of a terminal a text takes. By hand: the packages that know every emoji sequence take
// longer to load than a whole short answer takes (25 ms).

/** Colour codes and other characters that show nothing take none; East Asian letters and pictures take two. */
export function cellsOf(text: string): number {
  if (isPlain.test(text)) return text.length;
  let sum = 0;
  let before = '';
  for (const character of text.replaceAll(colours, '')) {
    if (before !== joiner) sum += widthAfter(before, character);
    before = character;
  }
  return sum;
}

const isPlain = /^[\x20-\x7e]*$/;
// How a colour is written (ECMA-48).
const colours = /\x1b\[[\d;]*m/g;
/** U+200D makes one picture of two; U+FE0F makes a sign the picture of it. */
const joiner = '\u200d';
const asPicture = '\ufe0f';

function widthAfter(before: string, character: string): number {
  if (character === asPicture) return before !== '' && widthOf(before) === 1 ? 1 : 0;
  // A skin tone colours the person before it.
  if (/\p{Emoji_Modifier}/u.test(character) && /\p{Emoji_Modifier_Base}/u.test(before)) return 0;
  return widthOf(character);
}

function widthOf(character: string): number {
  if (character < '\u0300') return /[\p{Cc}\xad]/u.test(character) ? 0 : 1;
  if (none.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Marks that combine, what is never shown, and the inner letters of a Hangul syllable. */
const none = /[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}\u1160-\u11ff]/u;
/** Unicode's East Asian Width W and F, with the pictures; half a flag is one cell. */
const wide =
  /(?!\p{Regional_Indicator})[\p{Emoji_Presentation}\u1100-\u115e\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
