import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlDefaults, ControlDocument, SwitchSetting } from '../../../src/core/ops/control/control.ts';
import { defaultSwitches } from '../../../src/core/ops/control/switch-names.ts';
import { switchStates } from '../../../src/core/ops/control/switch-states.ts';
import { statusRow } from '../../../src/core/ops/status.ts';
import { controlSwitchRows, withControlSwitches } from '../../../src/core/render/control-rows.ts';
import { rowName } from '../../../src/core/render/row-name.ts';
import { GUIDE_CONFIG } from '../ops/facts.ts';
import { NOW_MS, RELEASED } from './live-view.ts';

const DEFAULTS: ControlDefaults = {
  switches: defaultSwitches({ ...GUIDE_CONFIG.switches, detectors: { volume_burst: true } }),
  breakers: [],
};

function setting(isOn: boolean, expiresAtMs: number | null = null): SwitchSetting {
  const actor = { user: 'alice', host: 'h1', via: 'cli' };
  return { isOn, revision: 3, changedAtMs: NOW_MS - 60_000, actor, reason: 'why', expiresAtMs, revertsTo: true };
}

function shown(switches: ControlDocument['switches']): string[] {
  const document: ControlDocument = {
    schemaVersion: 1,
    revision: 3,
    switches,
    kill: RELEASED,
    mode: 'normal',
    isolatedBreakers: {},
    tokens: [],
  };
  return controlSwitchRows(switchStates(document, DEFAULTS, NOW_MS)).map((row) => {
    const { override } = row;
    const changed = override === null ? '' : ` *${override.configuredOn ? 'ON' : 'OFF'} ${override.untilMs ?? 'stays'}`;
    return `${rowName(row).name} ${row.value}${changed}`;
  });
}

test("nothing set: the guide's rows in its order, then the detectors, as config has them", () => {
  assert.deepEqual(shown({}), [
    'emergency_scanners ON',
    'emergency_live_data ON',
    'emergency_readonly ON',
    'alerts ON',
    'publish ON',
    'detector_volume_burst ON',
    'provider_kraken ON',
    'provider_kraken_websocket ON',
    'provider_kraken_rest ON',
    'provider_okx ON',
    'provider_okx_websocket ON',
    'provider_okx_rest OFF',
    'venue_binance_usd OFF',
    'venue_kraken_usd ON',
  ]);
});

test('what operators set is marked with what config has and when it reverts; what equals config is not', () => {
  const untilMs = NOW_MS + 60_000;
  const rows = shown({
    'emergency.writes': setting(false, untilMs),
    publish: setting(true),
    alerts: setting(false, NOW_MS - 1),
    'provider.kraken.enabled': setting(false),
    'venue.binance_usd': setting(true),
  });
  const changed = rows.filter((row) => row.includes('*'));
  assert.deepEqual(changed, [
    `emergency_readonly OFF *ON ${untilMs}`,
    'provider_kraken OFF *ON stays',
    'venue_binance_usd ON *OFF stays',
  ]);
  assert.ok(rows.includes('alerts ON'), 'it ran out');
  assert.ok(rows.includes('provider_kraken_rest OFF'), 'off with its provider, though nobody set it');
});

test('what was measured stays where it is', () => {
  const measured = statusRow({ category: 'venue', name: 'kraken', part: 'spread_bps', value: 1, unit: 'bps' });
  const document = { source: { kind: 'live', name: 's' }, savedAtMs: 0, dataTimeMs: 0 } as const;
  const old = statusRow({ category: 'venue', name: 'gone_usd', value: 'ON' });
  const state = { name: 'venue.kraken', isOn: true, isOnByDefault: true, isAllowed: true, setting: null };
  const { rows } = withControlSwitches({ ...document, rows: [measured, old] }, [state]);
  assert.deepEqual(rows, [statusRow({ category: 'venue', name: 'kraken', value: 'ON' }), measured]);
});
