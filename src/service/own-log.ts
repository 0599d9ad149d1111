// The service's own log: pino, in process, to a terminal as lines, to a pipe as JSON, or to a file
// that is rotated by its own cap. It outlives a full disk: a service that frees disks is needed
// most when they are full. What is logged is the callers' affair.

import { pino } from 'pino';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { Bytes } from '../units/bytes.ts';
import type { Zone } from '../units/calendar.ts';
import type { Ms } from '../units/duration.ts';
import { folderOf, nameOf, type Path } from '../units/path.ts';
import { lineOf } from './lines.ts';
import type { Facts, Level } from './trigger.ts';

export interface OwnLog {
  write(level: Level, facts: Facts, message: string): void;
  /** Somebody moved the file away (HUP): goes on under its name. */
  reopen(): Promise<void>;
  /** All that was written is handed over; nothing is taken any more. */
  end(): Promise<void>;
}

export interface OwnLogOptions {
  readonly level: Level | 'silent';
  readonly to: { readonly stream: NodeJS.WritableStream; readonly as: 'json' | 'lines' } | LogFile;
  readonly zone: Zone;
  /** Where lines go while the file cannot be written. */
  readonly fallback: NodeJS.WritableStream;
  /** Written in every record. */
  readonly base?: Facts;
  /** The first pause before a broken file is tried again; doubled up to a minute. */
  readonly pause?: Ms;
}

export interface LogFile {
  readonly file: Path;
  readonly cap: Bytes;
  readonly keep: number;
}

interface Sink {
  write(line: string): void;
  reopen(): Promise<void>;
  end(): Promise<void>;
}

export function openOwnLog(options: OwnLogOptions): OwnLog {
  const { to } = options;
  const sink = 'file' in to ? fileSink(to, options) : streamSink(to, options.zone);
  const log = pino(
    {
      level: options.level,
      base: options.base ?? {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    sink,
  );
  return {
    write: (level, facts, message) => log[level](facts, message),
    reopen: () => sink.reopen(),
    end: () => sink.end(),
  };
}

/** A terminal or a pipe; when its reader is gone, what is said is lost, and that is all. */
function streamSink(to: { stream: NodeJS.WritableStream; as: 'json' | 'lines' }, zone: Zone): Sink {
  let gone = false;
  const lose = (): void => {
    gone = true;
  };
  to.stream.on('error', lose);
  const put = (line: string): void => {
    // JSON.parse of what pino has just written gives an object.
    const text = to.as === 'json' ? line : `${lineOf(JSON.parse(line) as Facts, zone)}\n`;
    if (!gone) to.stream.write(text);
  };
  return {
    write: put,
    reopen: async () => undefined,
    end: async () => {
      if (!gone) await new Promise<void>(resolve => to.stream.write('', () => resolve()));
      to.stream.off('error', lose);
    },
  };
}

/** What the stream keeps to itself of its open file, as far as it is needed here. */
interface FileInside {
  readonly file: { write(chunk: Uint8Array): Promise<{ readonly bytesWritten: number }> };
}

/**
 * On a disk that fills up the system writes a part and says so; the stream does not look, and the
 * rest would be lost without a word (libraries.md R2). Written on, it fails as it should.
 */
function writeWhole(stream: RotatingFileStream): void {
  // The property is private to TypeScript only; it is set when 'open' is emitted (3.2.10).
  const { file } = stream as unknown as FileInside;
  const write = file.write.bind(file);
  file.write = async chunk => {
    let done = 0;
    while (done < chunk.length) done += (await write(chunk.subarray(done))).bytesWritten;
    return { bytesWritten: done };
  };
}

/** Newest lines that are kept while the file cannot be written. */
const ringSize = 1000;
/** While a write takes its time; then the oldest go. */
const longestQueue = 50_000;
const longestPause: Ms = 60_000;

/**
 * A rotating-file-stream is destroyed for good by the first error, ENOSPC too, and leaves half a
 * line (libraries.md R1). Lines stay here until the stream has taken them; after an error they go
 * to `fallback` as well, and into a new stream when one can be made.
 */
function fileSink(to: LogFile, options: OwnLogOptions): Sink {
  const firstPause = options.pause ?? 1000;
  let waiting: string[] = [];
  /** Handed to the stream, and not yet acknowledged. */
  let inFlight: string[] = [];
  let dropped = 0;
  let stream: RotatingFileStream | null = null;
  let broken = false;
  let pause = firstPause;
  let timer: NodeJS.Timeout | null = null;
  let ended = false;
  /** Resolves when nothing is under way: all is written, or the stream has broken. */
  let quiet = Promise.withResolvers<void>();
  quiet.resolve();

  const open = (): void => {
    const made = createStream(nameOf(to.file), {
      path: folderOf(to.file),
      size: `${to.cap}B`,
      rotate: to.keep,
      mode: 0o640,
    });
    stream = made;
    made.on('error', error => fail(made, error));
    made.on('open', () => writeWhole(made));
  };

  const fail = (from: RotatingFileStream, error: Error): void => {
    if (from !== stream) return;
    stream = null;
    waiting = [...inFlight, ...waiting];
    inFlight = [];
    if (!broken) {
      complain(`logmill: cannot write ${to.file}: ${error.message}`);
      for (const line of waiting) complain(line.trimEnd());
    }
    broken = true;
    limit();
    quiet.resolve();
    if (ended) return;
    timer = setTimeout(retry, pause);
    // The log must not hold a process that has nothing else to do.
    timer.unref();
    pause = Math.min(pause * 2, longestPause);
  };

  const retry = (): void => {
    timer = null;
    open();
    pump();
  };

  /** One write at a time, all that waits in it: whole lines, so that none is split by a rotation. */
  const pump = (): void => {
    if (stream === null || inFlight.length > 0) return;
    if (waiting.length === 0) {
      quiet.resolve();
      return;
    }
    const from = stream;
    inFlight = waiting;
    waiting = [];
    from.write(gap() + inFlight.join(''), error => {
      if (from !== stream || error) return;
      inFlight = [];
      broken = false;
      dropped = 0;
      pause = firstPause;
      pump();
    });
  };

  /** What broke may have left half a line. */
  const gap = (): string => {
    if (!broken) return '';
    return dropped === 0 ? '\n' : `\n{"level":"warn","msg":"${dropped} lines lost"}\n`;
  };

  const limit = (): void => {
    const most = broken ? ringSize : longestQueue;
    if (waiting.length > most) dropped += waiting.splice(0, waiting.length - most).length;
  };

  const complain = (line: string): void => {
    options.fallback.write(`${line}\n`);
  };

  const close = async (): Promise<void> => {
    await quiet.promise;
    const from = stream;
    if (from === null) return;
    stream = null;
    from.end();
    if (!from.closed) await new Promise<void>(resolve => from.once('close', () => resolve()));
  };

  const stopTimer = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };

  open();
  return {
    write: line => {
      if (ended) return;
      if (stream !== null && waiting.length + inFlight.length === 0) quiet = Promise.withResolvers<void>();
      waiting.push(line);
      if (broken) complain(line.trimEnd());
      limit();
      pump();
    },
    reopen: async () => {
      stopTimer();
      await close();
      if (ended || stream !== null) return;
      stopTimer();
      open();
      pump();
    },
    end: async () => {
      ended = true;
      stopTimer();
      await close();
    },
  };
}
