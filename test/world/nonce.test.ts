import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonce } from '../../src/world/nonce.ts';

test('a nonce is twelve letters, and never the same', () => {
  const nonces = Array.from({ length: 1000 }, nonce);
  assert.ok(nonces.every(one => /^[0-9a-f]{12}$/.test(one)));
  assert.equal(new Set(nonces).size, nonces.length);
});
