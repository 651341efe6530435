import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlDefaults, ControlDocument } from '../../../../src/core/ops/control/control.ts';
import {
  controlView,
  isAllowed,
  isDetectorAllowed,
  isProviderAllowed,
  isVenueAllowed,
  venueStop,
} from '../../../../src/core/ops/control/control-view.ts';
import { decide, emptyDocument } from '../../../../src/core/ops/control/decide.ts';
import { defaultSwitches, quoteSwitches } from '../../../../src/core/ops/control/switch-names.ts';
import {
  isSwitchOn,
  nextExpiryMs,
  stoppedBy,
  switchNames,
  switchStates,
} from '../../../../src/core/ops/control/switch-states.ts';
import type { SwitchConfig } from '../../../../src/core/ops/ops-config.ts';
import { GUIDE_CONFIG } from '../facts.ts';
import { ANN, after, DEFAULTS, engage, MINUTE, request, setSwitch, T0 } from './requests.ts';

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

/** What config lists, and the venues that exist: `binance_usdm` is no quote of `binance`. */
const LISTED: SwitchConfig = {
  ...GUIDE_CONFIG.switches,
  venues: {
    kraken_usd: true,
    binance_usdt: false,
    binance_usdm: true,
    okx: true,
    okx_eur: false,
    coinbase: false,
    coinbase_usd: true,
  },
};
const VENUES = ['kraken', 'binance', 'binance_usdm', 'okx', 'coinbase', 'bybit'];
const OF_QUOTES: ControlDefaults = {
  switches: defaultSwitches(LISTED, { venues: VENUES }),
  breakers: [],
  quotes: quoteSwitches(LISTED, VENUES),
};

/** `+venue.okx`: switched on; `-venue.okx`: off. */
function changed(changes: string): ControlDocument {
  return changes.split(' ').reduce((document, change) => {
    if (change === '') return document;
    const outcome = decide(document, request(setSwitch(change.slice(1), change.startsWith('+'))), OF_QUOTES);
    assert.equal(outcome.kind, 'changed', change);
    return outcome.document;
  }, emptyDocument());
}

test('a venue that is off stops all of its quotes; one that is on leaves each quote to its own switch', () => {
  const table: [changes: string, venue: string, quote: string | null, stop: string | null][] = [
    ['', 'kraken', 'USD', null],
    ['', 'kraken', 'EUR', 'venue.kraken_eur'],
    ['', 'kraken', null, null],
    ['-venue.kraken', 'kraken', 'usd', 'venue.kraken'],
    ['-venue.kraken', 'kraken', null, 'venue.kraken'],
    // Back on is as before, and no more.
    ['-venue.kraken +venue.kraken', 'kraken', 'USD', null],
    ['-venue.kraken +venue.kraken', 'kraken', 'EUR', 'venue.kraken_eur'],
    ['-venue.kraken_usd', 'kraken', 'USD', 'venue.kraken_usd'],
    ['-venue.kraken_usd', 'kraken', null, 'venue.kraken'],
    ['', 'binance', 'USDT', 'venue.binance_usdt'],
    ['+venue.binance_usdt', 'binance', 'USDT', null],
    ['', 'binance', null, 'venue.binance'],
    ['-venue.binance', 'binance_usdm', 'USDT', null],
    // Listed as a venue: all quotes but those that are listed as off.
    ['', 'okx', 'USDT', null],
    ['', 'okx', 'EUR', 'venue.okx_eur'],
    ['-venue.okx', 'okx', 'USDT', 'venue.okx'],
    // Listed as off: its quotes wait.
    ['', 'coinbase', 'USD', 'venue.coinbase'],
    ['+venue.coinbase', 'coinbase', 'USD', null],
    ['', 'bybit', 'USDT', 'venue.bybit'],
    ['+venue.bybit', 'bybit', 'USDT', null],
  ];
  for (const [changes, venue, quote, expected] of table) {
    const view = controlView(changed(changes), OF_QUOTES, T0);
    const what = `${changes} ${venue} ${quote}`;
    assert.equal(venueStop(view, venue, quote), expected, what);
    assert.equal(isVenueAllowed(view, venue, quote), expected === null, what);
  }
});

test('what stops a switch that is on is named, and a list counts it as not allowed', () => {
  const document = changed('-venue.kraken');
  const states = switchStates(document, OF_QUOTES, T0);
  const allowed = (name: string) => states.find((state) => state.name === name)?.isAllowed;
  const stop = (name: string) => stoppedBy(name, states, OF_QUOTES);
  assert.deepEqual([allowed('venue.kraken_usd'), stop('venue.kraken_usd')], [false, 'venue.kraken']);
  assert.deepEqual([allowed('venue.kraken'), stop('venue.kraken')], [false, null], 'off by itself');
  assert.deepEqual([allowed('venue.binance'), stop('venue.binance')], [false, 'venue.binance_usdt']);
  assert.deepEqual([allowed('venue.binance_usdm'), stop('venue.binance_usdm')], [true, null]);
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
