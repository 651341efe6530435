// Stands in, in the bundle, for what commander takes of `node:child_process`: it needs it for commands that are programs of
// their own, of which there are none, and loading it takes 2 ms of each start. Loads it when it is asked after all.
'use strict';

module.exports = {
  spawn: (...args) => require('node:child_process').spawn(...args),
};
