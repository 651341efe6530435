/** Engages whenever its parent says so, and answers with what came of it. */

import type { KillLevel } from '../../../../src/core/ops/ops-config.ts';
import { engage } from '../../../../src/shell/stores/control/kill-file.ts';

process.on('message', ({ dir, level }: { dir: string; level: KillLevel }) => {
  const outcome = engage(dir, { level, reason: 'x', operator: String(process.pid), source: 'command', timeMs: 0 });
  process.send!(outcome.kind);
});
process.send!('ready');
