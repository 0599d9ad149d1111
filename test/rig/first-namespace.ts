// By `--import`: a PID namespace of one's own is taken for the first one. Of a folder that a test has just made
// nobody outside knows, so that what logmill says of namespaces in general does not hold for it.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const real = fs.readlinkSync;
const shown = (path: fs.PathLike) => (path === '/proc/self/ns/pid' ? 'pid:[4026531836]' : real(path));
fs.readlinkSync = shown as typeof fs.readlinkSync; // whom it is for gives no options
syncBuiltinESMExports();
