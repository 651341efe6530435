/**
 * Changes the state without a pause until it is killed: `writer DIR NAME`. Prints a line for each change that was acknowledged:
 * `<seq> <hash> <switch> <on|off>`. Bundled by the test that starts it two hundred times.
 */

import { writeSync } from 'node:fs';
import { CryptorunError } from '../../../../src/shell/errors.ts';
import { openControl } from '../../../../src/shell/stores/control/open-control.ts';
import { DEFAULTS, setSwitch } from './control-state.ts';

const [dir = '', name = ''] = process.argv.slice(2);
const store = openControl(dir, { busyTimeoutMs: 5000 });
const own = { ...DEFAULTS, switches: new Map([[name, true]]) };
writeSync(1, 'open\n');

for (let isOn = store.read().document.switches[name]?.isOn ?? true; ; ) {
  try {
    const { appended, exportProblem } = store.change(setSwitch(name, !isOn), own);
    isOn = !isOn;
    for (const { seq, hash } of appended) writeSync(1, `${seq} ${hash} ${name} ${isOn ? 'on' : 'off'}\n`);
    if (exportProblem !== null) writeSync(1, `export: ${exportProblem}\n`);
  } catch (error) {
    // Busy is an answer: nothing was changed. Everything else ends this test.
    if (error instanceof CryptorunError && error.code === 'state_busy') continue;
    writeSync(1, `failed: ${(error as Error).message}\n`);
    process.exit(1);
  }
}
