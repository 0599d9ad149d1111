// A row of the table of differences.

export interface Difference {
  readonly name: string;
  /** fixed: it lost or endangered logs, or blamed the wrong one. 3.22: as newer logrotate does. left out: not needed by any configuration that works. */
  readonly kind: 'fixed' | '3.22' | 'left out';
  readonly logrotate: string;
  readonly here: string;
  readonly because: string;
}
