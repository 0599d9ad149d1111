// What --help, --usage and --version print, with logrotate's headings: scripts look for its default
// state path and commands in there.

import { version } from '../version.ts';
import type { Defaults } from './options.ts';

/** Where logrotate's builds differ, the place that is there is taken. */
export interface Build extends Defaults {
  readonly compress: string;
  readonly uncompress: string;
  readonly extension: string;
}

export const banner = `logmill ${version}, in place of logrotate
This may be freely redistributed under the terms of the MIT License
`;

export const usageText = `Usage: logrotate [-dfv?] [-d|--debug] [-f|--force] [-m|--mail=command]
        [-s|--state=statefile] [--skip-state-lock] [--wait-for-state-lock]
        [-v|--verbose] [-l|--log=logfile] [--version] [-?|--help] [--usage]
        [OPTION...] <configfile>
`;

export function helpText({ mail }: Build): string {
  return `Usage: logrotate [OPTION...] <configfile>
  -d, --debug                   Don't do anything, just test and print debug
                                messages
  -f, --force                   Force file rotation
  -m, --mail=command            Command to send mail (instead of
                                \`${mail}')
  -s, --state=statefile         Path of state file
      --skip-state-lock         Do not lock the state file
      --wait-for-state-lock     Wait for lock on the state file
  -v, --verbose                 Display messages during rotation
  -l, --log=logfile             Log file or 'syslog' to log to syslog
      --version                 Display version information

Help options:
  -?, --help                    Show this help message
      --usage                   Display brief usage message
`;
}

export function versionText({ mail, compress, uncompress, extension, state }: Build): string {
  return `logrotate 3.22.0 (logmill ${version})

    Default mail command:       ${mail}
    Default compress command:   ${compress}
    Default uncompress command: ${uncompress}
    Default compress extension: ${extension}
    Default state file path:    ${state}
    ACL support:                yes
    SELinux support:            no
`;
}
