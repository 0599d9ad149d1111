// Readers for modes, users and groups: `create 0640 www-data adm`, `su www-data adm`.

import type { Argument, Naming, Problem, Raw, Taken } from './arguments.ts';
import { splitWords, type Word } from './lexer.ts';
import type { Attributes } from './policy.ts';

/** `[MODE] [OWNER GROUP]`: one word is a mode, two are owner and group, three are all. */
export const attributes: Argument<Attributes> = {
  shape: '[MODE] [OWNER GROUP]',
  equals: false,
  optional: true,
  read(raw, naming) {
    const words = fewWords(raw, 3);
    if ('problem' in words) return words;
    const list = words.value;
    const mode = list.length === 2 ? null : readMode(list.at(0), raw);
    if (mode !== null && 'problem' in mode) return mode;
    const owner = list.length < 2 ? null : readIds(list.slice(-2), raw, naming);
    if (owner !== null && 'problem' in owner) return owner;
    return {
      value: { mode: mode?.value ?? null, uid: owner?.value.uid ?? null, gid: owner?.value.gid ?? null },
    };
  },
};

export const userAndGroup: Argument<{ uid: number; gid: number; user: string; group: string }> = {
  shape: 'USER GROUP',
  equals: false,
  optional: true,
  read(raw, naming) {
    const words = fewWords(raw, 2);
    if ('problem' in words) return words;
    const [user, group] = words.value;
    if (user === undefined || group === undefined) {
      const missing = user === undefined ? 'user' : 'group';
      const hint = `user and group, as in ${raw.example}`;
      return { problem: { message: `su names no ${missing}`, hint, asLogrotate: `no ${missing} for su` } };
    }
    const ids = readIds(words.value, raw, naming);
    return 'problem' in ids ? ids : { value: { ...ids.value, user: user.text, group: group.text } };
  },
};

function fewWords(raw: Raw, most: number): Taken<readonly Word[]> {
  if (raw.text.startsWith('=')) {
    const hint = `leave the = out, as in ${raw.example}`;
    const part = { from: 0, length: 1 };
    return { problem: { message: `${raw.keyword} takes no =`, hint, part, asLogrotate: `unknown user '='` } };
  }
  const split = splitWords(raw.text);
  const asLogrotate = `extra arguments for ${raw.keyword}`;
  const hint = `write it as in ${raw.example}`;
  if (split.words === null)
    return { problem: { message: 'a backslash stands at the end', hint, asLogrotate } };
  const extra = split.words.at(most);
  if (extra === undefined) return { value: split.words };
  const part = { from: extra.from, length: extra.to - extra.from };
  return {
    problem: { message: `'${extra.text}' is one word too many for ${raw.keyword}`, hint, part, asLogrotate },
  };
}

function readMode(word: Word | undefined, raw: Raw): Taken<number | null> {
  if (word === undefined) return { value: null };
  const mode = /^[0-7]{1,8}$/.test(word.text) ? Number.parseInt(word.text, 8) : Number.NaN;
  if (mode <= 0o7777) return { value: mode };
  const part = { from: word.from, length: word.to - word.from };
  const hint = `octal digits, as in ${raw.example}`;
  const message = `'${word.text}' is not a mode`;
  return { problem: { message, hint, part, asLogrotate: `error parsing mode '${word.text}'` } };
}

function readIds(pair: readonly Word[], raw: Raw, naming: Naming): Taken<{ uid: number; gid: number }> {
  const [user, group] = pair;
  if (user === undefined || group === undefined)
    throw new Error(`internal: ${pair.length} words for an owner`);
  const uid = idOf('user', user.text, naming);
  if (uid === null) return unknownName('user', user, raw);
  const gid = idOf('group', group.text, naming);
  if (gid === null) return unknownName('group', group, raw);
  return { value: { uid, gid } };
}

/**
 * A name; else a number that somebody has, as logrotate wants it: natively, as with a leading colon,
 * nobody need have it, since in containers files belong to users without a name. Digits with a 0 in
 * front are a mode in the wrong place (`create 0640 root`).
 */
function idOf(kind: 'user' | 'group', word: string, naming: Naming): number | null {
  const found = word.startsWith(':') ? null : naming[kind](word);
  if (found !== null) return found;
  const digits = /^(?::(\d{1,10})|(0|[1-9]\d{0,9}))$/.exec(word);
  const id = Number(digits?.[1] ?? digits?.[2] ?? Number.NaN);
  const isFree = naming.dialect === 'logmill' || digits?.[1] !== undefined;
  // The largest id means "leave it" to chown.
  return id < 0xffff_ffff && (isFree || naming.isTaken(kind, id)) ? id : null;
}

function unknownName(kind: 'user' | 'group', word: Word, raw: Raw): { readonly problem: Problem } {
  const part = { from: word.from, length: word.to - word.from };
  const looksLikeMode = kind === 'user' && /^0[0-7]{3}$/.test(word.text);
  const hint = looksLikeMode
    ? `two words are owner and group; with a mode it takes three, as in ${raw.example}`
    : `this machine has no such ${kind}; a number with a colon in front is taken as it is, as in :1000`;
  return {
    problem: {
      message: `unknown ${kind} '${word.text}'`,
      hint,
      part,
      asLogrotate: `unknown ${kind} '${word.text}'`,
    },
  };
}
