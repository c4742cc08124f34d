'use strict';
// One file after the other: they share a server.
require('./actions');
require('./every_parameter');
require('./errors');
require('./files');
require('./schedules');
require('./xml');
require('./tls');
