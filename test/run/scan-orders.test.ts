/** `ops resync` and `ops reconnect`: what the running scan does, what its journal and the audit keep, and what is refused. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ScanHome } from './scan-support.ts';

const REASON = ['--reason', 'looks odd'];
const digestIn = (text: string): string => /digest (sha256:[0-9a-f]{64})/.exec(text)![1]!;

test('orders to feeds: stepped, audited, and replayed from the journal', async () => {
  const place = new ScanHome();
  const state = ['--state', place.stateDir];
  const demo = [
    'scan',
    '--demo',
    '--speed',
    '10',
    '--top',
    '1',
    '--venue',
    'okx,binance',
    '--json',
    '--record',
    'journal',
  ];
  const scan = place.start(...demo, ...state);
  for (const venue of ['okx', 'binance'])
    await scan.said(new RegExp(`"venue":"${venue}","from":"syncing","to":"live"`));

  const resync = await place.run('ops', 'resync', 'binance', 'BTC-USDT', ...REASON);
  assert.deepEqual([resync.code, resync.stdout, resync.stderr], [0, 'ordered: resync binance BTCUSDT\n', '']);
  await scan.said(
    /"gap_opened","venue":"binance","symbol":"BTCUSDT","gap":"command".*"reason":"looks odd"[\s\S]*"gap_closed","venue":"binance"/,
  );
  const reconnect = await place.run('ops', 'reconnect', 'okx', ...REASON, '-o', 'json');
  const { at, ...said } = JSON.parse(reconnect.stdout);
  assert.deepEqual(said, { schema: 'cryptorun.feed-order/v1', order: 'reconnect', venue: 'okx', symbol: null });
  assert.match(at, /^\d{4}-.*Z$/);
  await scan.said(/"venue":"okx","from":"live","to":"connecting"[\s\S]*"venue":"okx","from":"syncing","to":"live"/);

  for (const [args, code, message] of [
    [['reconnect', 'okxx'], 2, 'the scan has no venue okxx; did you mean okx?'],
    [['resync', 'kraken', 'BTC-USD'], 2, 'the scan has no venue kraken: it has binance, okx'],
    [['resync', 'okx', 'BTC-USDTT'], 2, 'the scan has no BTC-USDTT on okx; did you mean BTC-USDT?'],
    [['resync', 'okx', 'NO-SUCH'], 2, 'the scan has no NO-SUCH on okx: it has BTC-USDT'],
  ] as const) {
    const refused = await place.run('ops', ...args, ...REASON);
    assert.deepEqual([refused.code, refused.stderr], [code, `${message}\n`]);
  }
  assert.equal((await place.run('ops', 'reconnect', 'okx', '--reason', ' ')).code, 2);
  assert.equal((await place.run('ops', 'reconnect', 'okx')).code, 2);

  await place.run('switch', 'off', 'provider.okx.websocket', '--reason', 'test');
  await scan.said(/"venue":"okx","from":"\w+","to":"off"/);
  const off = await place.run('ops', 'resync', 'okx', 'BTC-USDT', ...REASON);
  const why = 'the switch provider.okx.websocket is off';
  assert.deepEqual([off.code, off.stderr], [5, `nothing was ordered: ${why}; see \`cryptorun ops status\`\n`]);

  process.emit('SIGINT');
  const ended = await scan.ended;
  assert.equal(ended.code, 130, ended.stderr);
  const again = join(place.home, 'again');
  const replayed = await place.run('replay', 'journal', '-q', '--verify', digestIn(ended.stderr), '--out', again);
  assert.deepEqual([replayed.code, replayed.stderr], [0, '']);
  const demos = join(place.home, 'artifacts/demo');
  const own = join(demos, readdirSync(demos)[0]!);
  for (const file of readdirSync(own).filter((name) => name.startsWith('bars_') || name === 'gaps.csv'))
    assert.equal(readFileSync(join(again, file), 'utf8'), readFileSync(join(own, file), 'utf8'), file);
  assert.match(readFileSync(join(own, 'gaps.csv'), 'utf8'), /binance,BTCUSDT,command/);
  const told = JSON.parse((await place.run('audit', 'tail', '-o', 'json')).stdout).records;
  const kept = told.filter(({ action }: { action: string }) => ['resync', 'reconnect'].includes(action));
  assert.deepEqual(
    kept.map(({ action, target, actor, reason, to }: Record<string, Record<string, string>>) =>
      [action, target, actor!['user'], actor!['via'], reason, to ?? 'done'].join(' '),
    ),
    [
      'resync binance BTCUSDT alice cli looks odd done',
      'reconnect okx alice cli looks odd done',
      'reconnect okxx alice cli looks odd refused: there is no feed of okxx',
      'resync kraken BTC-USD alice cli looks odd refused: there is no feed of kraken',
      'resync okx BTC-USDTT alice cli looks odd refused: the feed of okx has no BTC-USDTT',
      'resync okx NO-SUCH alice cli looks odd refused: the feed of okx has no NO-SUCH',
      `resync okx BTC-USDT alice cli looks odd refused: ${why}`,
    ],
  );
  assert.equal((await place.run('audit', 'verify')).code, 0);
});

test('without a scan there is nobody to order', async () => {
  const place = new ScanHome();
  const { code, stderr } = await place.run('ops', 'reconnect', 'okx', ...REASON);
  assert.equal(code, 3);
  assert.equal(stderr, `no scan answers in ${join(place.home, 'artifacts/state')}: none runs\n`);
});
