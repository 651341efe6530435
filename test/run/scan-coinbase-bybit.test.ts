/** `cryptorun scan` of Coinbase and Bybit over loopback sockets: live, shown, through a loss of all connections, replayed. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { listenWorld } from '../../src/shell/sim/serve/listen.ts';
import { SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { ScanHome, until } from './scan-support.ts';

const VENUES = ['coinbase', 'bybit_spot', 'bybit_linear'] as const;
const world = new SimWorld({ seed: 5, startMs: Math.floor(Date.now() / 1000) * 1000, assets: 2, venues: VENUES });
const server = await listenWorld(world);
after(() => server.close());

test('Coinbase and Bybit: live, a book each, cut off and back again; the journal replays to the same digest', async () => {
  const place = new ScanHome((venue, scheme) => `${scheme}://127.0.0.1:${server.port}/${venue}`);
  const scan = place.start('scan', '--venue', VENUES.join(), '--top', '2', '--record', 'journal');
  for (const venue of VENUES) await scan.said(new RegExp(`${venue} feed syncing -> live`));
  await until('a saved status', () => place.status());
  for (const [venue, id, symbol] of [
    ['coinbase', 'BTC-USD', 'BTC-USD'],
    ['bybit_spot', 'BTC-USDT', 'BTCUSDT'],
    ['bybit_linear', 'BTC-USDT-PERP', 'BTCUSDT'],
  ] as const) {
    const shown = JSON.parse((await place.run('book', 'show', venue, id, '--depth', '5', '-o', 'json')).stdout);
    assert.deepEqual([shown.state, shown.symbol, shown.bids.length, shown.asks.length], ['live', symbol, 5, 5]);
    assert.ok(Number(shown.bids[0][0]) < Number(shown.asks[0][0]));
  }
  for (const venue of VENUES) world.venue(venue).closeAll(1001, 'going away');
  for (const venue of VENUES) {
    await scan.said(new RegExp(`${venue} feed live -> connecting`));
    await scan.said(new RegExp(`${venue} feed live -> connecting[\\s\\S]*${venue} feed syncing -> live`));
    await scan.said(new RegExp(`${venue} \\S+ book live again`));
  }
  process.emit('SIGINT');
  const ended = await scan.ended;
  assert.equal(ended.code, 130, ended.stderr);
  const digest = /digest (sha256:[0-9a-f]{64})/.exec(ended.stderr)![1]!;
  const replayed = await place.run('replay', 'journal', '-q', '--verify', digest);
  assert.deepEqual([replayed.code, replayed.stderr], [0, '']);
  for (const venue of VENUES) {
    const { limitCloses, refusedMessages, refusedRequests } = world.venue(venue).counts;
    assert.deepEqual([limitCloses, refusedMessages, refusedRequests], [0, 0, 0], venue);
  }
});

test('venues probe: every stream of them brings what it should', async () => {
  const place = new ScanHome((venue, scheme) => `${scheme}://127.0.0.1:${server.port}/${venue}`);
  const probed = await place.run('venues', 'probe', ...VENUES, '--timeout', '20s', '-o', 'json');
  const { venues } = JSON.parse(probed.stdout);
  assert.deepEqual(
    venues.map((one: { venue: string; well: boolean; failure: string }) => [one.venue, one.well, one.failure]),
    [...VENUES].sort().map((venue) => [venue, true, '']),
    probed.stdout,
  );
});

test('a demo may be of them, too', async () => {
  const place = new ScanHome();
  const demo = place.start(
    'scan',
    '--demo',
    '--speed',
    '40',
    '--top',
    '1',
    '--venue',
    VENUES.join(),
    '--duration',
    '70s',
  );
  const { code, stdout, stderr } = await demo.ended;
  assert.equal(code, 0, stderr);
  for (const venue of VENUES) assert.match(stdout, new RegExp(`${venue} \\S+ 1m bar`), venue);
});
