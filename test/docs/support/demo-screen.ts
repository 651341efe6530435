/** The README's picture: the demo's screen while a venue is out, in virtual time, so that it is the same each time. */

import assert from 'node:assert/strict';
import { type ScreenEvent, scanScreen } from '../../../src/core/render/scan-screen.ts';
import type { Effect } from '../../../src/core/scan/effect.ts';
import { loadConfig } from '../../../src/shell/config/load-config.ts';
import { simulatedScan } from '../../../src/shell/run/drill/simulated-scan.ts';
import { VirtualScan } from '../../../src/shell/run/drill/virtual-scan.ts';
import { DEMO_FAULTS, DEMO_VENUES } from '../../../src/shell/run/scan/demo-world.ts';
import { scanStart } from '../../../src/shell/run/scan/scan-start.ts';
import { eventOf } from '../../../src/shell/run/scan/show/event-text.ts';
import { ScanLook } from '../../../src/shell/run/scan/show/scan-look.ts';
import { SimWorld } from '../../../src/shell/sim/world/sim-world.ts';

const SESSION = 'demo-20261102_090000';
const START_MS = Date.parse('2026-11-02T09:00:00Z');
/** A terminal of 24 lines, of which the last stays free. */
const SIZE = { columns: 80, rows: 23 };
/** The venue is out, and a minute has ended; rates are of the time since the look before. */
const [BEFORE_MS, SHOWN_MS] = [55_000, 75_000];

const PULSE_MS = 250;

/** @param root - of the package, whose config holds */
export function demoScreen(root: string): string {
  const loaded = loadConfig({ flags: {}, env: {}, cwd: root, packageRoot: root });
  assert.ok(loaded.ok);
  const world = new SimWorld({ seed: 'demo', startMs: START_MS, assets: 6, stepMs: 50, faults: DEMO_FAULTS });
  const choice = { venues: DEMO_VENUES, symbols: null, top: 2 };
  const start = scanStart(loaded.config, choice, { session: SESSION, codeVersion: 'readme' });
  const told: Effect[] = [];
  const onEffect = (effect: Effect): void => void told.push(effect);
  const scan = new VirtualScan({ ...simulatedScan(world, loaded.config, SESSION), start, onEffect });
  scan.begin();
  const nowMs = (): number => scan.driver.nowMs();
  const { scanner } = scan;
  const look = new ScanLook({ scanner, ops: scanner.ops!, startedAtMs: START_MS, nowMs }, 'demo, 20x', SESSION);
  const events: ScreenEvent[] = [];
  scan.every(PULSE_MS, () => {
    for (const effect of told.splice(0)) {
      look.onEffect(effect);
      const event = effect.kind === 'bar' ? null : eventOf(effect);
      if (event !== null) events.push({ ...event, atMs: nowMs() });
    }
  });
  scan.advanceTo(BEFORE_MS);
  look.look();
  scan.advanceTo(SHOWN_MS);
  const lines = scanScreen({ ...look.look(), events }, SIZE);
  return lines
    .map(
      (line) =>
        `${line
          .map(({ text }) => text)
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
}
