import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { catchSignals, type SignalActs } from '../../src/service/triggers/signals.ts';

function acts(done: string[]): SignalActs {
  return {
    reload: () => done.push('reload'),
    round: () => done.push('round'),
    snapshot: () => done.push('snapshot'),
    stop: signal => done.push(`stop ${signal}`),
    leave: code => done.push(`leave ${code}`),
  };
}

test('each signal does what operations expect of it', () => {
  const done: string[] = [];
  const source = new EventEmitter();
  const signals = catchSignals(source, () => done.push('early leave'));
  signals.connect(acts(done));
  for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGTERM']) source.emit(signal);
  assert.deepEqual(done, ['reload', 'round', 'snapshot', 'stop SIGTERM']);
});

test('what comes before the service is there is done when it is', () => {
  const done: string[] = [];
  const source = new EventEmitter();
  const signals = catchSignals(source, () => done.push('early leave'));
  source.emit('SIGUSR1');
  source.emit('SIGINT');
  assert.deepEqual(done, []);
  signals.connect(acts(done));
  assert.deepEqual(done, ['round', 'stop SIGINT']);
});

test('the second TERM or INT leaves at once, with the code of that signal', () => {
  for (const [first, second, code] of [
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
  ] as const) {
    const done: string[] = [];
    const source = new EventEmitter();
    catchSignals(source, left => done.push(`early leave ${left}`));
    source.emit(first);
    source.emit(second);
    assert.deepEqual(done, [`early leave ${code}`]);
  }
});

test('a real USR1 does not open the inspector, and releasing leaves no listener', async () => {
  const before = process.listenerCount('SIGUSR1');
  const done: string[] = [];
  const signals = catchSignals(process, () => undefined);
  const heard = Promise.withResolvers<void>();
  signals.connect({ ...acts(done), round: () => heard.resolve() });
  process.kill(process.pid, 'SIGUSR1');
  await heard.promise;
  const { url } = await import('node:inspector');
  assert.equal(url(), undefined);
  signals.release();
  assert.equal(process.listenerCount('SIGUSR1'), before);
});
