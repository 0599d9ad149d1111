// Programs that write logs, and the right way to rotate under each: whether they append, and what
// makes them open their file anew. A row is here only where it was measured or documented by the
// program itself; what stands in no row is judged by O_APPEND alone.

import type { Path } from '../units/path.ts';

export type WayName =
  | 'container runtime'
  | 'supervisord'
  | 'nginx'
  | 'rsyslog'
  | 'pm2'
  | 'python'
  | 'appending'
  | 'not appending'
  | 'unknown';

/** How to rotate under a writer: directives as lines, and the comment that says why. */
export interface Way {
  readonly name: WayName;
  readonly comment: readonly string[];
  readonly lines: readonly string[];
  /** The file is not to be touched at all: only the comment is written. */
  readonly handsOff: boolean;
}

export interface Sign {
  readonly path: Path;
  readonly name: string;
  /** The program's name as the census gives it; null: nobody, or not known. */
  readonly writer: string | null;
  readonly append: boolean | null;
}

/** Which way fits: by who holds the file, else by the name that the program gives its logs. */
export function wayOf(sign: Sign): WayName {
  const row = signs.find(({ writer, name, path }) => {
    if (path?.test(sign.path)) return true;
    if (sign.writer !== null) return writer?.test(sign.writer) ?? false;
    return name?.test(sign.name) ?? false;
  });
  if (row !== undefined) return row.way;
  if (sign.append === null) return 'unknown';
  return sign.append ? 'appending' : 'not appending';
}

export function wayNamed(name: WayName, append: boolean | null): Way {
  if (name === 'python') return append === false ? { ...ways['not appending'], name } : ways.python;
  return ways[name];
}

interface Row {
  readonly way: WayName;
  readonly writer?: RegExp;
  readonly name?: RegExp;
  readonly path?: RegExp;
}

const signs: readonly Row[] = [
  { way: 'container runtime', path: /\/docker\/containers\/|\/var\/log\/(?:pods|containers)\/|-json\.log$/ },
  {
    way: 'supervisord',
    writer: /^supervisord/,
    name: /-std(?:out|err)---supervisor-.*\.log$|^supervisord\.log$/,
  },
  { way: 'nginx', writer: /^nginx/ },
  {
    way: 'rsyslog',
    writer: /^rsyslogd|^rs:main/,
    name: /^(?:syslog|auth\.log|kern\.log|daemon\.log|mail\.log|messages|secure)$/,
  },
  { way: 'pm2', writer: /^PM2/, name: /-(?:out|error)(?:-\d+)?\.log$|^pm2\.log$/ },
  { way: 'python', writer: /^(?:python|gunicorn|uwsgi|celery)/ },
];

const byTruncation = ['copytruncate'];

const ways: Readonly<Record<WayName, Way>> = {
  'container runtime': {
    name: 'container runtime',
    handsOff: true,
    comment: [
      'The container runtime writes these and must be the one to rotate them: touching them from',
      'outside loses lines (its manual warns of it). For Docker, in /etc/docker/daemon.json:',
      '  "log-driver": "local", "log-opts": { "max-size": "10m", "max-file": "5", "compress": "true" }',
      'For Kubernetes: containerLogMaxSize and containerLogMaxFiles of the kubelet.',
    ],
    lines: [],
  },
  supervisord: {
    name: 'supervisord',
    handsOff: false,
    comment: [
      'supervisord opens its logs anew on USR2; its children are not touched. After a rollover of',
      'its own it no longer appends, so these are renamed, never truncated. Turn its own rotation',
      'off, or both will rotate: stdout_logfile_maxbytes=0 and stderr_logfile_maxbytes=0.',
    ],
    lines: ['sharedscripts', 'postrotate', '    kill -USR2 "$(supervisorctl pid)"', 'endscript'],
  },
  nginx: {
    name: 'nginx',
    handsOff: false,
    comment: ['nginx opens its logs anew on USR1: renamed, then one signal for all of them.'],
    lines: [
      'create',
      'sharedscripts',
      'postrotate',
      '    if [ -f /run/nginx.pid ]; then kill -USR1 "$(cat /run/nginx.pid)"; fi',
      'endscript',
    ],
  },
  rsyslog: {
    name: 'rsyslog',
    handsOff: false,
    comment: ['rsyslog opens its files anew on HUP: renamed, then one signal for all of them.'],
    lines: [
      'create',
      'sharedscripts',
      'postrotate',
      '    if [ -f /run/rsyslogd.pid ]; then kill -HUP "$(cat /run/rsyslogd.pid)"; fi',
      'endscript',
    ],
  },
  pm2: {
    name: 'pm2',
    handsOff: false,
    comment: ['pm2 opens its logs anew when told to; remove pm2-logrotate, or both will rotate.'],
    lines: ['sharedscripts', 'postrotate', '    pm2 reloadLogs', 'endscript'],
  },
  python: {
    name: 'python',
    handsOff: false,
    comment: [
      "Python's FileHandler appends and never opens its file anew: copied, then truncated. With a",
      'WatchedFileHandler write create in place of copytruncate. A RotatingFileHandler rotates by',
      'itself: use a WatchedFileHandler instead, or both will rotate.',
    ],
    lines: byTruncation,
  },
  appending: {
    name: 'appending',
    handsOff: false,
    comment: ['The writer appends (O_APPEND), so the file can be emptied under it: copied, then truncated.'],
    lines: byTruncation,
  },
  'not appending': {
    name: 'not appending',
    handsOff: false,
    comment: [
      'The writer does not append (as with > in a shell): truncating would leave a hole of NUL bytes.',
      'With punch the file keeps its length and gives back its blocks. Better: let it append (>>).',
    ],
    lines: ['copytruncate', 'truncatewith punch'],
  },
  unknown: {
    name: 'unknown',
    handsOff: false,
    comment: [
      'Who writes these could not be seen, or nobody does just now: copied, then truncated, which',
      'needs nothing of the writer but that it appends. If it can open its logs anew, use create',
      'and a postrotate script instead.',
    ],
    lines: byTruncation,
  },
};
