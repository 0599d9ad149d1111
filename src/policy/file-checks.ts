// What must hold for a policy file as a whole before its lines count: whose it is when root reads
// it, and that it is text with the line ends of this system.

import type { Path } from '../units/path.ts';
import type { Diagnostic, LogrotateLine } from './diagnostic.ts';
import type { Complaint } from './gather.ts';
import type { Source } from './lexer.ts';

export interface Facts {
  /** Permission bits with set-id and sticky (07777). */
  readonly mode: number;
  readonly uid: number;
}

interface Objection {
  readonly severity: Diagnostic['severity'];
  readonly message: string;
  readonly hint: string;
  readonly asLogrotate: readonly LogrotateLine[];
}

/** Root obeys only what root alone can write (logrotate's rules, semantics section 3). */
export function objectionTo(path: Path, { mode, uid }: Facts, isRoot: boolean): readonly Objection[] {
  if (!isRoot) return [];
  const objections: Objection[] = [];
  const shown = `0${(mode & 0o7777).toString(8).padStart(3, '0')}`;
  const dangerous = {
    level: 'warning',
    text: `Potentially dangerous mode on ${path}: 0${(mode & 0o7777).toString(8)}`,
  } as const;
  if ((mode & 0o022) !== 0) {
    objections.push({
      severity: 'error',
      message: `others can write to this file (mode ${shown}), and root would obey them`,
      hint: `chmod go-w ${path}`,
      asLogrotate: [
        dangerous,
        { level: 'error', text: `Ignoring ${path} because it is writable by group or others.` },
      ],
    });
  } else if ((mode & 0o7000) !== 0 || (mode & 0o133) !== 0 || (mode & 0o400) === 0) {
    objections.push({
      severity: 'warning',
      message: `the mode of this file is ${shown}, which is unusual for a policy`,
      hint: `chmod 0644 ${path}`,
      asLogrotate: [dangerous],
    });
  }
  if (uid !== 0) {
    objections.push({
      severity: 'error',
      message: `this file belongs to user ${uid}, and root obeys only root`,
      hint: `chown root ${path}, or run logmill as that user`,
      asLogrotate: [
        {
          level: 'error',
          text: `Ignoring ${path} because the file owner is wrong (should be root or user with uid 0).`,
        },
      ],
    });
  }
  return objections;
}

/** One clear problem for a file that comes from elsewhere; null for one that is as it should be. */
export function textProblem(source: Source): Complaint | null {
  const { text } = source;
  if (/^(?:\udcff\udcfe|\udcfe\udcff)/.test(text)) {
    return {
      severity: 'error',
      from: 0,
      length: 1,
      message: 'the file is UTF-16, not UTF-8',
      hint: `iconv -f UTF-16 -t UTF-8 ${source.file} writes it as it should be`,
    };
  }
  if (text.startsWith('\ufeff')) {
    return {
      severity: 'error',
      from: 0,
      length: 1,
      message: 'the file begins with a byte order mark',
      hint: `take it off: tail -c +4 ${source.file}`,
    };
  }
  const lineEnd = text.indexOf('\r\n');
  if (lineEnd < 0) return null;
  return {
    severity: 'error',
    from: lineEnd,
    length: 1,
    message: 'the lines of this file end as on Windows (CR LF)',
    hint: `take the CRs out: tr -d '\\r' < ${source.file}`,
  };
}
