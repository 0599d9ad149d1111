// The version, from package.json; the bundle carries it inside.

import pack from '../../package.json' with { type: 'json' };

export const version: string = pack.version;
