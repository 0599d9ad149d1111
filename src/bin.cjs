#!/usr/bin/env node
// The door of the program: old syntax on purpose, so that a Node too old for logmill can still
// read it and say so. In a clone it starts the TypeScript as it is, in a package the bundle.
'use strict';

var found = process.versions.node.split('.').map(Number);
if (found[0] < 26 || (found[0] === 26 && found[1] < 10)) {
  console.error('logmill needs Node 26.10 or newer; this is ' + process.version);
  console.error("  hint: in a clone, 'npm start' and 'npm test' bring the right one along");
  process.exit(1);
}

// A signal that comes before the program has its own handlers must neither open Node's
// debugger (USR1) nor kill it half started (HUP): the service takes both over.
process.on('SIGUSR1', function () {});

var path = require('node:path');
var url = require('node:url');
var fs = require('node:fs');
var bundle = path.join(__dirname, '..', 'dist', 'main.cjs');
var source = path.join(__dirname, 'main.ts');
var entry = fs.existsSync(source) ? source : bundle;

// Types are stripped once and kept: whatever strips them takes 30 MB that the service would never
// give back. Never for a dry run, which leaves no trace.
var acts = process.argv[2] === 'run' || process.argv[2] === 'apply';
if (entry === source && acts)
  require('node:module').enableCompileCache(path.join(__dirname, '..', 'node_modules', '.cache', 'logmill'));

// Both can only be said before a process begins: one heap for all threads in place of one for each, and
// little garbage at a time. Scripts must not inherit the first.
var little = '--max-semi-space-size=1';
if (acts && process.argv.indexOf('--small') > 0) {
  if (process.execArgv.indexOf(little) >= 0) {
    delete process.env.MALLOC_ARENA_MAX;
  } else if (process.platform === 'linux') {
    var before = [process.execPath, little, '--heap-growing-percent=10', '--disable-warning=ExperimentalWarning'];
    var variables = Object.assign({}, process.env, { MALLOC_ARENA_MAX: '1' });
    process.execve(process.execPath, before.concat(process.execArgv, __filename, process.argv.slice(2)), variables);
  }
}

// Blocks are packed on libuv's threads, and files read and written. With the four that there are by themselves
// most cores of a large machine stand idle, and on two reading and writing wait behind packing. How many is
// asked once, when they are first given work; scripts must not inherit it.
var packs = acts || process.argv[2] === 'logrotate' || process.env.LOGMILL_AS === 'logrotate';
if (packs && process.execArgv.indexOf(little) < 0 && process.env.UV_THREADPOOL_SIZE === undefined) {
  process.env.UV_THREADPOOL_SIZE = String(require('node:os').availableParallelism() + 4);
  fs.access(__filename, function () {});
  delete process.env.UV_THREADPOOL_SIZE;
}

// The service's rounds are system calls and zlib's C: optimized code gains them nothing, and with
// its compilers takes 14 MB of a process that stays for months, or is to be small.
if (process.argv[2] === 'run' || process.execArgv.indexOf(little) >= 0) {
  require('node:v8').setFlagsFromString('--no-opt');
  require('node:v8').setFlagsFromString('--no-maglev');
}

// The bundle is CommonJS: of the modules of Node that it names it then takes what it uses, where an
// import has every function of them looked up first, which costs 10 ms.
var program = entry === bundle ? Promise.resolve(require(bundle)) : import(url.pathToFileURL(entry).href);
program.then(function (found) {
  return found.main(process.argv.slice(2), process.env.LOGMILL_AS);
});
