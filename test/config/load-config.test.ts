/** Good configurations: what is in force, with which hash, and that it prints as something that loads again. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { instrumentSpecs, marketConfig } from '../../src/shell/config/effective-config.ts';
import { loadConfig } from '../../src/shell/config/load-config.ts';
import type { OpsConfig } from '../../src/shell/config/ops-config.ts';
import { effectiveYaml } from '../../src/shell/config/print-effective.ts';
import type { ConfigRequest } from '../../src/shell/config/resolve-home.ts';
import { folderWith, GOLDEN, loaded, PROJECT, reportOf, requestIn } from './support.ts';

const GUIDE = join(GOLDEN, 'guide', 'ops.yaml');

function printed(request: ConfigRequest): string {
  const result = loadConfig(request);
  assert.ok(result.ok, reportOf(request));
  return effectiveYaml(result.values, PROJECT);
}

test('the operations guide’s own file loads as it stands', (t) => {
  const { ops } = loaded(requestIn(folderWith(t, {}), { flags: { config: GUIDE } }));
  const { requestsPerMin, errorRate, cacheHitRate } = ops.kpi.windows;
  assert.deepEqual([requestsPerMin, errorRate, cacheHitRate], [60, 300, 300]);
  assert.deepEqual(ops.guards.callQuota.providers, { kraken: { callsPerMinute: 60, burstLimit: 10 } });
  assert.deepEqual(ops.switches.venues, { kraken_usd: true, binance_usd: true });
  // What the guide leaves out has its default.
  assert.equal(ops.kpi.thresholds.cacheHitRateCritical, 0.5);
  assert.equal(ops.guards.venueHealth.minDepthUsd, 50000);
  assert.equal(ops.artifacts.retentionDays, 30);
  assert.deepEqual(ops.guards.budget.providers, {});
  assert.deepEqual(ops.killSwitch.triggers.memory, { enabled: true, level: 'drain', holdSeconds: 30, usedRatio: 0.9 });
});

test('a file that says nothing has every default, and enables no provider and no venue', (t) => {
  const { ops } = loaded(requestIn(folderWith(t, { 'ops.yaml': '{}' }), { flags: { config: 'ops.yaml' } }));
  assert.deepEqual(ops.scanner, {
    watermarkDelayMs: 1500,
    lateGraceMs: 4500,
    maxEventTimeDeviationMs: 10000,
    pulseMs: 250,
  });
  assert.deepEqual(ops.switches.providers, {});
  assert.deepEqual(ops.switches.venues, {});
});

test('what YAML can do beyond the plain part loads as well', (t) => {
  const text =
    'breakers:\n  default: &slow { open_seconds: 6e1 }\n  providers:\n    kraken: *slow\n    okx:\n      "open_seconds": 0x1F\n';
  const { ops } = loaded(requestIn(folderWith(t, { 'ops.yaml': text }), { flags: { config: 'ops.yaml' } }));
  assert.equal(ops.breakers.default.openSeconds, 60);
  assert.equal(ops.breakers.providers['okx']?.openSeconds, 31);
});

test('line ends and a byte order mark of other systems do not matter', (t) => {
  const unix = folderWith(t, { 'ops.yaml': 'log:\n  level: warn\n' });
  const windows = folderWith(t, { 'ops.yaml': '\ufefflog:\r\n  level: warn\r\n' });
  const hashes = [unix, windows].map((cwd) => loaded(requestIn(cwd, { flags: { config: 'ops.yaml' } })).configHash);
  assert.equal(hashes[0], hashes[1]);
});

test('--print-effective loads again, with the same hash, and prints the same', (t) => {
  const cwd = folderWith(t, {});
  for (const config of [undefined, GUIDE]) {
    const request = requestIn(cwd, config === undefined ? {} : { flags: { config } });
    const text = printed(request);
    const again = requestIn(folderWith(t, { 'effective.yaml': text }), { flags: { config: 'effective.yaml' } });
    assert.equal(loaded(again).configHash, loaded(request).configHash);
    assert.equal(printed(again), text);
  }
});

test('--print-effective survives names and values that YAML would take for something else', (t) => {
  const ops = 'artifacts: { output_dir: "no", snapshot_filename: "1.50" }\n';
  const listing = `{ symbol: '"a:b#c{}', lot_size: 1e-9 }`;
  const instruments = `instruments: { 1-2: { base: "1", quote: "NO", type: spot, venues: { okx: ${listing} } } }\n`;
  const cwd = folderWith(t, { 'ops.yaml': ops, 'instruments.yaml': instruments });
  const request = requestIn(cwd, { flags: { config: 'ops.yaml' } });
  const again = requestIn(folderWith(t, { 'e.yaml': printed(request) }), { flags: { config: 'e.yaml' } });
  assert.equal(loaded(again).configHash, loaded(request).configHash);
});

test('units stand behind the numbers', (t) => {
  const text = printed(requestIn(folderWith(t, {})));
  for (const line of [
    'error_rate: 300 # s',
    'soft_warn_percent: 0.8 # ratio',
    'lookback_periods: 24 # h',
    'retention_days: 30 # days',
  ]) {
    assert.ok(
      text.split('\n').some((printedLine) => printedLine.trim() === line),
      line,
    );
  }
});

test('the hash is of the values: order, comments and written-out defaults do not change it, a value does', (t) => {
  const hash = (text: string) =>
    loaded(requestIn(folderWith(t, { 'ops.yaml': text }), { flags: { config: 'ops.yaml' } })).configHash;
  const base = hash('log: { level: warn }\nscanner: { pulse_ms: 250 }\n');
  assert.equal(hash('# said otherwise\nscanner:\n  pulse_ms: 250.0\n'), base);
  assert.equal(hash('{}'), base);
  assert.notEqual(hash('scanner: { pulse_ms: 251 }'), base);
  assert.match(base, /^[0-9a-f]{64}$/);
});

test('flag before variable before file', (t) => {
  const cwd = folderWith(t, { 'ops.yaml': 'log: { level: error }\nartifacts: { output_dir: status }\n' });
  const fromFile = loaded(requestIn(cwd, { flags: { config: 'ops.yaml' } }));
  assert.deepEqual([fromFile.ops.log.level, fromFile.paths.statusDir], ['error', join(cwd, 'status')]);
  const home = join(cwd, 'home');
  const env = { CRYPTORUN_LOG_LEVEL: 'debug', CRYPTORUN_HOME: home, CRYPTORUN_CONFIG: join(PROJECT, 'config') };
  const fromEnv = loaded(requestIn(cwd, { flags: { config: 'ops.yaml' }, env }));
  assert.deepEqual([fromEnv.ops.log.level, fromEnv.paths.statusDir], ['debug', join(home, 'status')]);
  const fromFlag = loaded(requestIn(cwd, { flags: { config: 'ops.yaml', output: 'out' }, env }));
  assert.equal(fromFlag.paths.statusDir, join(cwd, 'out'));
});

test('the configuration is frozen, all the way down', () => {
  const config = loaded(requestIn(PROJECT));
  assert.throws(() => Object.assign(config.ops.switches.emergency, { readOnlyMode: true }), TypeError);
  assert.throws(() => Object.assign(config.venues['okx']!.depthLevels!, ['1']), TypeError);
});

test('instruments as core knows them, sorted, with decimals from the increments and multipliers as written', () => {
  const config = loaded(requestIn(PROJECT));
  const specs = instrumentSpecs(config);
  const keys = specs.map(({ venue, symbol }) => `${venue} ${symbol}`);
  assert.deepEqual(keys, [...keys].sort());
  assert.deepEqual(
    specs.find(({ venue, symbol }) => venue === 'okx' && symbol === 'ETH-USDT-SWAP'),
    {
      id: 'ETH-USDT-PERP',
      venue: 'okx',
      symbol: 'ETH-USDT-SWAP',
      aliases: [],
      base: 'ETH',
      quote: 'USDT',
      type: 'perpetual',
      priceDecimals: 2,
      sizeDecimals: 2,
      contract: { kind: 'linear', multiplier: 0.1 },
      depth: 400,
      tradeChannel: null,
    },
  );
  const bitcoin = specs.find(({ venue, symbol }) => venue === 'kraken' && symbol === 'BTC/USD')!;
  assert.deepEqual([bitcoin.aliases, bitcoin.priceDecimals, bitcoin.depth], [[], 0, 10]);
  assert.equal(specs.find(({ symbol, venue }) => venue === 'coinbase' && symbol === 'BTC-USD')!.sizeDecimals, 8);
});

test('the part that the market rooms read', () => {
  assert.deepEqual(marketConfig(loaded(requestIn(PROJECT)), true), {
    watermarkDelayMs: 1500,
    lateGraceMs: 4500,
    maxEventTimeDeviationMs: 10000,
    discoverInstruments: true,
    onlySymbols: null,
  });
});

test('--print-effective of our own files: every key, with its unit (UPDATE_GOLDEN=1 rewrites)', (t) => {
  const text = printed(requestIn(folderWith(t, {})));
  const golden = join(GOLDEN, 'effective', 'packaged.yaml');
  if (process.env['UPDATE_GOLDEN']) writeFileSync(golden, text);
  assert.equal(text, readFileSync(golden, 'utf8'));
});

test('what ops.yaml says equals the defaults, but for what it enables and the breakers and budgets of one provider', (t) => {
  const packaged = loaded(requestIn(folderWith(t, {}))).ops;
  const bare = loaded(requestIn(folderWith(t, { 'ops.yaml': '{}' }), { flags: { config: 'ops.yaml' } })).ops;
  const ownNames = (ops: OpsConfig) => ({
    ...ops,
    guards: { ...ops.guards, budget: { ...ops.guards.budget, providers: {} }, callQuota: {} },
    switches: { ...ops.switches, providers: {}, venues: {} },
    breakers: { ...ops.breakers, providers: {} },
  });
  assert.deepEqual(ownNames(packaged), ownNames(bare));
});

const LEVELS: readonly [own: string | undefined, common: string | undefined, level: string][] = [
  [undefined, undefined, 'warn'],
  ['debug', 'fatal', 'debug'],
  ['', 'DEBUG', 'debug'],
  [undefined, 'WARNING', 'warn'],
  [undefined, 'CRITICAL', 'fatal'],
  ['Error', undefined, 'error'],
  // Other programs have words of their own.
  [undefined, 'verbose', 'warn'],
];

test('the log level: CRYPTORUN_LOG_LEVEL, else LOG_LEVEL with the runbook’s words, else the file', (t) => {
  const cwd = folderWith(t, {});
  for (const [own, common, level] of LEVELS) {
    const env = { CRYPTORUN_LOG_LEVEL: own, LOG_LEVEL: common };
    assert.equal(loaded(requestIn(cwd, { env })).ops.log.level, level, JSON.stringify(env));
  }
});
