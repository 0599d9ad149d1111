#!/usr/bin/env node
// logrotate's command line under a name of its own, so that a cron job is switched by one word.
'use strict';

process.env.LOGMILL_AS = 'logrotate';
require('./bin.cjs');
