import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  canonicalName,
  defaultSwitches,
  readSwitchName,
  yamlPathOf,
} from '../../../../src/core/ops/control/switch-names.ts';
import type { SwitchConfig } from '../../../../src/core/ops/ops-config.ts';

const CONFIG: SwitchConfig = {
  emergency: { disableAllScanners: false, disableLiveData: true, readOnlyMode: false },
  providers: { okx: { enabled: true, allowWebsocket: false, allowRest: true } },
  venues: { okx_usdt: true, kraken_usd: false },
  detectors: { spike: false },
  alerts: true,
  publish: false,
};

test('names are read in our spelling and in the guide’s, and ON is never turned round', () => {
  const table: [string, string][] = [
    // Ours.
    ['emergency.scanners', 'emergency.scanners'],
    ['emergency.live_data', 'emergency.live_data'],
    ['emergency.writes', 'emergency.writes'],
    ['provider.kraken.enabled', 'provider.kraken.enabled'],
    ['provider.kraken.websocket', 'provider.kraken.websocket'],
    ['provider.binance_us.rest', 'provider.binance_us.rest'],
    ['venue.kraken_usd', 'venue.kraken_usd'],
    ['detector.volume-spike', 'detector.volume-spike'],
    ['detector.spike.v2', 'detector.spike.v2'],
    ['alerts', 'alerts'],
    ['publish', 'publish'],
    // The guide's CSV rows, its config keys, the types of SetProviderSwitch.
    ['emergency_scanners', 'emergency.scanners'],
    ['emergency_live_data', 'emergency.live_data'],
    ['provider_kraken', 'provider.kraken.enabled'],
    ['provider_binance_us', 'provider.binance_us.enabled'],
    ['provider_kraken_websocket', 'provider.kraken.websocket'],
    ['provider_kraken_rest', 'provider.kraken.rest'],
    ['venue_kraken_usd', 'venue.kraken_usd'],
    ['provider.kraken', 'provider.kraken.enabled'],
    ['provider.kraken.allow_rest', 'provider.kraken.rest'],
    // Negative: refused, with the one to use.
    ['disable_all_scanners', '!emergency.scanners'],
    ['emergency.disable_all_scanners', '!emergency.scanners'],
    ['disable_live_data', '!emergency.live_data'],
    ['read_only_mode', '!emergency.writes'],
    ['emergency.read_only_mode', '!emergency.writes'],
    ['emergency_readonly', '!emergency.writes'],
    // Nothing of ours.
    ['', '?'],
    ['emergency', '?'],
    ['emergency.', '?'],
    ['alert', '?'],
    ['ALERTS', '?'],
    [' alerts', '?'],
    ['provider.', '?'],
    ['provider.kraken.grpc', '?'],
    ['provider.kraken.rest.x', '?'],
    ['venue.', '?'],
    ['detector.', '?'],
    ['detector..x', '?'],
    ['switches.alerts', '?'],
    ['constructor', '?'],
  ];
  for (const [text, expected] of table) {
    const reading = readSwitchName(text);
    const found = reading.kind === 'unknown' ? '?' : `${reading.kind === 'negative' ? '!' : ''}${reading.name}`;
    assert.equal(found, expected, text);
    assert.equal(canonicalName(text), reading.kind === 'name' ? expected : null, text);
  }
});

test('the refusal of a negative name says which one to use', () => {
  const reading = readSwitchName('read_only_mode');
  assert.ok(reading.kind === 'negative');
  assert.match(reading.message, /^read_only_mode is not taken.*use emergency\.writes, where on means allowed$/);
});

test('each switch has its place in ops.yaml', () => {
  const table: [string, string | null][] = [
    ['emergency.scanners', '!switches/emergency/disable_all_scanners'],
    ['emergency.live_data', '!switches/emergency/disable_live_data'],
    ['emergency.writes', '!switches/emergency/read_only_mode'],
    ['provider.kraken.enabled', 'switches/providers/kraken/enabled'],
    ['provider.kraken.websocket', 'switches/providers/kraken/allow_websocket'],
    ['provider.kraken.rest', 'switches/providers/kraken/allow_rest'],
    ['venue.kraken_usd', 'switches/venues/kraken_usd'],
    ['detector.spike.v2', 'switches/detectors/spike.v2'],
    ['alerts', 'switches/alerts'],
    ['publish', 'switches/publish'],
    ['venue_kraken_usd', null],
    ['read_only_mode', null],
    ['nope', null],
  ];
  for (const [name, expected] of table) {
    const place = yamlPathOf(name);
    const found = place === null ? null : (place.isInverted ? '!' : '') + place.path.join('/');
    assert.equal(found, expected, name);
  }
});

test('defaults are what config says, sorted, and ON means allowed', () => {
  assert.deepEqual(
    [...defaultSwitches(CONFIG)],
    [
      ['alerts', true],
      ['detector.spike', false],
      ['emergency.live_data', false],
      ['emergency.scanners', true],
      ['emergency.writes', true],
      ['provider.okx.enabled', true],
      ['provider.okx.rest', true],
      ['provider.okx.websocket', false],
      ['publish', false],
      ['venue.kraken_usd', false],
      ['venue.okx_usdt', true],
    ],
  );
});

test('what exists but is not listed is off, but for detectors; what is listed stays as it is', () => {
  const known = { providers: ['okx', 'bybit'], venues: ['okx', 'okx_usdt'], detectors: ['spike', 'gap'] };
  const listed = defaultSwitches(CONFIG);
  const added = [...defaultSwitches(CONFIG, known)].filter(([name, isOn]) => listed.get(name) !== isOn);
  assert.deepEqual(added, [
    ['detector.gap', true],
    ['provider.bybit.enabled', false],
    ['provider.bybit.rest', false],
    ['provider.bybit.websocket', false],
    ['venue.okx', false],
  ]);
});

test('property: a default’s name is canonical, and its place in ops.yaml leads back to it', () => {
  const id = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
  const flags = fc.record({ enabled: fc.boolean(), allowWebsocket: fc.boolean(), allowRest: fc.boolean() });
  const config = fc.record({
    providers: fc.dictionary(id, flags),
    venues: fc.dictionary(id, fc.boolean()),
    detectors: fc.dictionary(id, fc.boolean()),
  });
  const camel = (key: string): string => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  fc.assert(
    fc.property(config, (some) => {
      const switches: SwitchConfig = { ...CONFIG, ...some };
      for (const [name, isOn] of defaultSwitches(switches)) {
        assert.equal(canonicalName(name), name);
        const { path, isInverted } = yamlPathOf(name)!;
        // biome-ignore lint/suspicious/noExplicitAny: a path into a config of any shape
        const read = (at: any, key: string): any => (Object.hasOwn(at, key) ? at[key] : at[camel(key)]);
        assert.equal(path.slice(1).reduce(read, switches) !== isInverted, isOn, name);
      }
    }),
  );
});
