import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlDocument } from '../../../../src/core/ops/control/control.ts';
import {
  controlView,
  isAllowed,
  isDetectorAllowed,
  isProviderAllowed,
  isVenueAllowed,
} from '../../../../src/core/ops/control/control-view.ts';
import { emptyDocument } from '../../../../src/core/ops/control/decide.ts';
import { isSwitchOn, nextExpiryMs, switchNames, switchStates } from '../../../../src/core/ops/control/switch-states.ts';
import { ANN, after, DEFAULTS, engage, MINUTE, setSwitch, T0 } from './requests.ts';

const off = (name: string, forMs: number | null = null, document = emptyDocument()): ControlDocument =>
  after(document, setSwitch(name, false, { forMs }));

test('a transport is allowed only while its provider is', () => {
  const table: [string, string[], boolean, boolean, boolean][] = [
    ['all on', [], true, true, true],
    ['REST off', ['provider.kraken.rest'], true, true, false],
    ['provider off', ['provider.kraken.enabled'], false, false, false],
  ];
  for (const [name, switches, enabled, websocket, rest] of table) {
    const view = controlView(
      switches.reduce((document, each) => off(each, null, document), emptyDocument()),
      DEFAULTS,
      T0,
    );
    assert.equal(isProviderAllowed(view, 'kraken', null), enabled, name);
    assert.equal(isProviderAllowed(view, 'kraken', 'websocket'), websocket, name);
    assert.equal(isProviderAllowed(view, 'kraken', 'rest'), rest, name);
  }
});

test('the key of venue and quote wins over its venue, either way', () => {
  const open = after(emptyDocument(), setSwitch('venue.kraken', true));
  const table: [string, ControlDocument, string, string | null, boolean][] = [
    ['its quote is on', emptyDocument(), 'kraken', 'USD', true],
    ['another quote falls back', emptyDocument(), 'kraken', 'EUR', false],
    ['the venue as such', emptyDocument(), 'kraken', null, false],
    ['venue on: another quote', open, 'kraken', 'EUR', true],
    ['venue on, quote off', off('venue.kraken_usd', null, open), 'kraken', 'usd', false],
    ['not listed', open, 'bybit', 'USDT', false],
  ];
  for (const [name, document, venue, quote, expected] of table) {
    assert.equal(isVenueAllowed(controlView(document, DEFAULTS, T0), venue, quote), expected, name);
  }
});

test('what nobody lists is off, but for detectors', () => {
  const view = controlView(emptyDocument(), DEFAULTS, T0);
  assert.equal(isProviderAllowed(view, 'bybit', null), false);
  assert.equal(isProviderAllowed(view, 'bybit', 'rest'), false);
  assert.equal(isDetectorAllowed(view, 'gap'), true);
  for (const name of ['emergency.nope', 'nope', 'toString', '__proto__']) {
    assert.equal(isAllowed(view, name), false, name);
    assert.equal(isSwitchOn(emptyDocument(), name, DEFAULTS, T0), false, name);
  }
});

test('a view says how long it holds', () => {
  const document = off('publish', 30 * MINUTE, off('alerts', 10 * MINUTE));
  assert.equal(controlView(document, DEFAULTS, T0).validUntilMs, T0 + 10 * MINUTE);
  const later = controlView(document, DEFAULTS, T0 + 10 * MINUTE);
  assert.deepEqual([isAllowed(later, 'alerts'), later.validUntilMs], [true, T0 + 30 * MINUTE]);
  assert.equal(nextExpiryMs(document, T0 + 30 * MINUTE), null);
});

test('a view carries the kill switch, the mode and the isolated breakers', () => {
  const isolated = after(emptyDocument(), { kind: 'isolate_breaker', name: 'kraken.rest' });
  const document = after(after(isolated, { kind: 'set_mode', mode: 'observe' }), engage({ level: 'drain' }));
  const view = controlView(document, DEFAULTS, T0);
  assert.deepEqual([view.revision, view.mode, [...view.isolatedBreakers]], [3, 'observe', ['kraken.rest']]);
  assert.equal(view.kill, document.kill);
});

test('a list shows each switch, what config says and what an operator set', () => {
  const document = off('provider.kraken.enabled', 30 * MINUTE, off('alerts'));
  const states = switchStates(document, DEFAULTS, T0);
  assert.deepEqual(
    states.map(({ name }) => name),
    [...DEFAULTS.switches.keys()],
  );
  const shown = new Map(states.map((state) => [state.name, state]));
  const setting = { isOn: false, changedAtMs: T0, actor: ANN, reason: 'test' };
  assert.deepEqual(shown.get('alerts'), {
    name: 'alerts',
    isOn: false,
    isOnByDefault: true,
    isAllowed: false,
    setting: { ...setting, revision: 1, expiresAtMs: null, revertsTo: false },
  });
  assert.deepEqual(shown.get('provider.kraken.enabled')?.setting, {
    ...setting,
    revision: 2,
    expiresAtMs: T0 + 30 * MINUTE,
    revertsTo: true,
  });
  assert.deepEqual(shown.get('provider.kraken.rest'), {
    name: 'provider.kraken.rest',
    isOn: true,
    isOnByDefault: true,
    isAllowed: false,
    setting: null,
  });
});

test('a switch that config has dropped is still shown while it is set', () => {
  const document = after(emptyDocument(), setSwitch('publish', true));
  const dropped = { ...DEFAULTS, switches: new Map([['alerts', true]]) };
  assert.deepEqual(switchNames(document, dropped), ['alerts', 'publish']);
  assert.equal(switchStates(document, dropped, T0)[1]?.isOn, true);
});
