// Where a shape is tried: its tree and policy, whoever writes to its log, and another disk or user where
// the shape wants one.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { runTool } from '../rig/run-tool.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';
import { linesOf, type Shape } from './shapes.ts';

export interface Ground extends Disposable {
  readonly tree: TempTree;
  readonly args: readonly string[];
  /** Resolves once it stands in the log. */
  readonly write: (text: string) => Promise<void>;
}

const native = ['apply', 'p.conf', '--state-dir', 'state'];
const nobody = 65_534;

/** Why the shape cannot be tried here; false where it can. */
export function cannot(shape: Pick<Shape, 'user' | 'disk'>): string | false {
  const needsRoot = shape.user !== undefined || shape.disk !== undefined;
  return needsRoot && process.getuid?.() !== 0 ? 'only root may do this' : false;
}

export async function groundFor(shape: Shape): Promise<Ground> {
  const tree = tempTree({
    logs: shape.logs,
    packer: { content: '#!/bin/sh\nexec gzip\n', mode: 0o755 },
    bin: { mail: { content: `#!/bin/sh\nexec cat >> "$(dirname "$0")/../mailed"\n`, mode: 0o755 } },
    ...(shape.args === undefined ? {} : { state: {} }),
  });
  const unmount = shape.disk === undefined ? () => {} : mount(tree.path(shape.disk));
  if (shape.user !== undefined) giveToNobody(tree);
  const policy = (text: string) => tree.plant({ 'p.conf': text.replaceAll('@HERE@', tree.folder) });
  if (shape.before !== undefined) {
    policy(shape.before);
    const ran = await runTool(native, { cwd: tree.folder });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    appendFileSync(tree.path('logs/a.log'), linesOf('later', 300));
  }
  policy(shape.policy);
  const writer = writerOf(shape, tree.path('logs/a.log'));
  return {
    tree,
    args: (shape.args ?? native).map(word => word.replace('@HERE@', tree.folder)),
    write: writer.write,
    [Symbol.dispose]: () => {
      writer.end();
      unmount();
      tree.remove();
    },
  };
}

/** Makes the folder a disk of its own; what it gives takes that back. */
export function mount(folder: string): () => void {
  const ran = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=755', 'tmpfs', folder], {
    encoding: 'utf8',
  });
  assert.equal(ran.status, 0, ran.stderr);
  return () => spawnSync('umount', ['-l', folder]);
}

function giveToNobody(tree: TempTree): void {
  chmodSync(tree.folder, 0o755);
  for (const name of ['', ...readdirSync(tree.path('logs'))])
    chownSync(tree.path(`logs/${name}`), nobody, nobody);
}

interface Writer {
  readonly write: Ground['write'];
  readonly end: () => void;
}

function writerOf(shape: Shape, path: string): Writer {
  if (shape.writer === 'a child') return childWriting(path);
  const held = shape.held === undefined ? null : openSync(path, 'a');
  return {
    write: async text => (held === null ? appendFileSync(path, text) : void writeSync(held, text)),
    end: () => (held === null ? undefined : closeSync(held)),
  };
}

/** It is stopped now and then, and must run again by itself, whoever stopped it having died. */
function childWriting(path: string): Writer {
  const child = spawn('sh', ['-c', `exec cat >> "$0"`, path], { stdio: ['pipe', 'ignore', 'inherit'] });
  const write = async (text: string): Promise<void> => {
    child.stdin.write(text);
    for (let tries = 0; !readFileSync(path, 'latin1').endsWith(text); tries += 1) {
      assert.ok(tries < 2000, 'the writer goes on');
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };
  return { write, end: () => child.kill('SIGKILL') };
}
