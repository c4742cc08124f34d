'use strict';
// One file after the other: they share a server.
require('./actions');
require('./errors');
require('./schedules');
require('./xml');
require('./tls');
