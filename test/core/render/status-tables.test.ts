import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KillState } from '../../../src/core/ops/control/control.ts';
import { statusOfReplay } from '../../../src/core/ops/replay/replay-status.ts';
import {
  isSwitchRow,
  STATUS_CATEGORIES,
  STATUS_GRADES,
  STATUS_UNITS,
  type StatusDocument,
  statusRow,
} from '../../../src/core/ops/status.ts';
import { statusBlocks, statusView } from '../../../src/core/render/status-view.ts';
import type { StatusView } from '../../../src/core/render/view.ts';
import { displayWidth } from '../../../src/core/render/width.ts';
import { columnsOf, renderStatus, wantsColor } from '../../../src/shell/cli/terminal.ts';
import { badRecording, END_MS, GUIDE_CONFIG, recording } from '../ops/facts.ts';
import { matchesGolden } from '../ops/golden.ts';
import { drawBlocks } from './draw.ts';
import { badRows, ENGAGED, goodRows, guideRows, liveView, NOW_MS } from './live-view.ts';

const SAVED_MS = END_MS + 259_200_000;

function documentOf(rows: StatusDocument['rows'], source: Partial<StatusDocument['source']> = {}): StatusDocument {
  return {
    source: { kind: 'replay', name: '20240808-3f2a91', ...source },
    savedAtMs: SAVED_MS,
    dataTimeMs: END_MS,
    rows,
  };
}

/** Every table's lines are as wide as its first; none is wider than allowed. */
function assertAligned(text: string, columns: number): void {
  let width: number | null = null;
  for (const line of text.split('\n')) {
    if (line.startsWith('┌─')) width = displayWidth(line);
    if (width !== null) assert.equal(displayWidth(line), width, JSON.stringify(line));
    if (line.startsWith('└─')) width = null;
    assert.ok(displayWidth(line) <= columns, `wider than ${columns}: ${JSON.stringify(line)}`);
  }
}

const GOLDEN: readonly [string, StatusDocument][] = [
  ['replay-good', documentOf(statusOfReplay(recording(), GUIDE_CONFIG))],
  ['replay-bad', documentOf(statusOfReplay(badRecording(), GUIDE_CONFIG))],
  ['empty', documentOf([])],
  ['hostile', documentOf(hostileRows(), { kind: 'drill', name: '\x1b]0;pwned\x07 復習 👩‍💻' })],
];

for (const [name, document] of GOLDEN) {
  test(`at 80 columns without colour: ${name}`, () => {
    const text = renderStatus(document, { columns: 80, color: false, nowMs: SAVED_MS + 300_000 });
    assertAligned(text, 80);
    matchesGolden(`ops/${name}.txt`, text);
  });
}

const VIEWS: readonly [string, StatusView][] = [
  ['guide-sample', liveView(guideRows())],
  ['live-good', liveView(goodRows())],
  ['live-bad', liveView(badRows(), { notes: ['the mode is observe; see `cryptorun ops mode`'] })],
  ['live-outdated', liveView(goodRows(), { isOutdated: true })],
  ['live-killed', liveView(badRows(), { kill: ENGAGED })],
  [
    'live-dead',
    liveView(badRows(), { scanner: { kind: 'dead', lastHeartbeatMs: NOW_MS - 720_000 }, scannerProcess: null }),
  ],
  [
    'nothing-saved',
    {
      ...liveView([], { scanner: { kind: 'absent' }, scannerProcess: null, auditHead: null }),
      document: {
        source: { kind: 'live', name: 'no status saved' },
        savedAtMs: Number.NaN,
        dataTimeMs: null,
        rows: badRows().filter(isSwitchRow),
      },
    },
  ],
];

for (const [name, view] of VIEWS) {
  test(`at 80 columns, what the scanner and the control store say: ${name}`, () => {
    const text = drawBlocks(statusBlocks(view, { nowMs: NOW_MS, columns: 80 }), { columns: 80 });
    assertAligned(text, 80);
    matchesGolden(`ops/${name}.txt`, text);
  });
}

test('at 120 columns a bad afternoon wraps less', () => {
  const text = drawBlocks(statusBlocks(liveView(badRows()), { nowMs: NOW_MS, columns: 120 }), { columns: 120 });
  assertAligned(text, 120);
  matchesGolden('ops/live-bad-120.txt', text);
});

test('brief: what is well is counted, what is wrong or changed is shown', () => {
  const brief = (rows: StatusDocument['rows']) =>
    drawBlocks(statusBlocks(liveView(rows), { nowMs: NOW_MS, columns: 80, isBrief: true }), { columns: 80 });
  matchesGolden('ops/live-good-brief.txt', brief(goodRows()));
  matchesGolden('ops/live-bad-brief.txt', brief(badRows()));
  assertAligned(brief(badRows()), 80);
  assert.ok(brief(goodRows()).split('\n').length < 24);
  const row = (of: 'OK' | 'CRITICAL') => statusRow({ category: 'guard', name: 'budget', status: of, message: 'm' });
  assert.match(brief([row('OK')]), /^🛡️ {2}OPERATIONAL GUARDS: 1 ✅OK$/m);
  assert.match(
    brief([row('OK'), row('CRITICAL')]),
    /^🛡️ {2}OPERATIONAL GUARDS: 1 ✅OK, 1 🔴CRITICAL\n(?:.*\n){3}│ budget +│ 🔴CRITICAL │ m .*\n└/m,
  );
  const sw = statusRow({ category: 'switch', name: 'alerts', value: 'ON' });
  assert.match(brief([sw]), /EMERGENCY SWITCHES: 1 ✅ON$/m);
  for (const wrong of [
    { ...sw, value: 'OFF' },
    { ...sw, override: badRows().find((one) => one.override)!.override },
  ])
    assert.match(brief([sw, wrong]), /EMERGENCY SWITCHES: .*\n(?:.*\n){3}│ Alerts .*\n└/m);
});

test('the verdict names the worst five, and says how many more there are', () => {
  const rows = Array.from({ length: 7 }, (_, i) =>
    statusRow({
      category: 'guard',
      name: `g${i}`,
      status: i === 6 ? 'BLOCK' : 'WARN',
      message: 'x\x1b[2J '.repeat(20),
    }),
  );
  const text = drawBlocks(statusBlocks(liveView(rows), { nowMs: NOW_MS, columns: 60 }), { columns: 60 });
  const [, list = ''] = text.split(/^Verdict: {3}/m);
  const lines = list.split('\n\n')[0]!.split('\n');
  assert.equal(lines[0], 'CRITICAL: 7 things to look at, worst first');
  assert.match(lines[1]!, /^ {2}🚫 guard g6 BLOCK: x␛\[2J /);
  assert.match(lines[2]!, /^ {5}x␛/);
  assert.equal(lines.filter((line) => /^ {2}\S/.test(line)).length, 6);
  assert.equal(lines.at(-1), '  and 2 more, below');
});

test('the tests draw what the program draws', () => {
  for (const [name, document] of GOLDEN) {
    const drawn = drawBlocks(statusView(document, SAVED_MS), { columns: 80 });
    assert.equal(drawn, renderStatus(document, { columns: 80, color: false, nowMs: SAVED_MS }), name);
  }
});

test("the guide's example comes out cell for cell", () => {
  // As printed in the guide, but for spaces: its own columns do not line up.
  const guide = [
    ['Requests/min', '45.0', 'OK'],
    ['Error rate', '6.3%', 'WARN'],
    ['Cache hit rate', '80.0%', 'OK'],
    ['Open breakers', '0', 'OK'],
    ['Healthy venues', '4/4', 'OK'],
    ['budget', '✅OK', 'API budget OK: 1205/3600 (33.5%)'],
    ['kraken', '✅OK', 'Provider kraken rate OK: 25/60'],
    ['correlation', '✅OK', 'Signal correlation OK: 0.23'],
  ];
  const text = drawBlocks(statusBlocks(liveView(guideRows()), { nowMs: NOW_MS, columns: 80 }), { columns: 80 });
  const lines = text.split('\n').filter((line) => line.startsWith('│'));
  const cells = lines.map((line) =>
    line
      .split('│')
      .slice(1, -1)
      .map((text) => text.trim()),
  );
  const headers = [
    ['Metric', 'Value', 'Status'],
    ['Guard', 'Status', 'Message'],
  ];
  assert.deepEqual(cells, [headers[0], ...guide.slice(0, 5), headers[1], ...guide.slice(5)]);
});

test('an engaged kill switch is the first thing on every screen, and reads without colour', () => {
  const long: KillState = { ...ENGAGED, reason: `${'disk 復習 full '.repeat(12)}\x1b[2J` };
  for (const kill of [ENGAGED, long]) {
    for (let columns = 40; columns <= 200; columns += 8) {
      const text = drawBlocks(statusBlocks(liveView(badRows(), { kill }), { nowMs: NOW_MS, columns }), { columns });
      const banner = text.split('\n').slice(0, text.split('\n').indexOf(''));
      for (const line of banner) assert.equal(displayWidth(line), columns, JSON.stringify(line));
      assert.match(banner[1]!, /^██ {2}🛑 KILL SWITCH ENGAGED: KILL/);
      assert.equal(banner[0], '█'.repeat(columns));
      assert.equal(banner.at(-1), '█'.repeat(columns));
      assert.doesNotMatch(text, /\x1b/);
    }
  }
});

test('a scanner that is not alive is not known to be anything but that', () => {
  for (const kind of ['stale', 'dead'] as const) {
    const view = liveView(badRows(), { scanner: { kind, lastHeartbeatMs: NOW_MS - 720_000 } });
    const text = drawBlocks(statusBlocks(view, { nowMs: NOW_MS, columns: 200 }), { columns: 200 });
    assert.match(
      text,
      new RegExp(`^Scanner: {3}${kind.toUpperCase()}, LAST HEARTBEAT 12 MIN AGO; what it measured`, 'm'),
    );
    assert.match(text, new RegExp(`│ Lag p99 +│ +no data │ NO DATA +│ scanner ${kind}; was 620 ms CRITICAL`));
    assert.match(text, /^🩺 HEALTH GRADE: unknown · NO-GO$/m);
    const [head = '', tables = ''] = text.split(/^📊 KEY PERFORMANCE INDICATORS$/m);
    assert.match(
      head,
      new RegExp(
        `^Verdict: {3}UNKNOWN: scanner ${kind}, 1 thing to look at\n  🟡 switch emergency_live_data OFF\n\n$`,
        'm',
      ),
    );
    const [measured = '', switches = ''] = tables.split(/^.*EMERGENCY SWITCHES$/m);
    assert.doesNotMatch(measured, /✅|🟡|🔴|🚫/);
    assert.match(switches, /│ Live data +│ ❌OFF\* +│ until 15:50 by alice: exchange maintenance/);
  }
});

test('colour changes no character of the text', () => {
  for (const [name, document] of GOLDEN) {
    const plain = renderStatus(document, { columns: 80, color: false });
    const colored = renderStatus(document, { columns: 80, color: true });
    assert.equal(colored.replace(/\x1b\[[0-9]+m/g, ''), plain, name);
    assert.ok(name === 'empty' || colored !== plain);
  }
});

test('tables fit every width from 40 columns up', () => {
  const document = documentOf(statusOfReplay(badRecording(), GUIDE_CONFIG));
  for (let columns = 40; columns <= 200; columns += 7) {
    assertAligned(renderStatus(document, { columns, color: false }), columns);
  }
});

test('only a live status lacks the words "not live"', () => {
  const title = (kind: StatusDocument['source']['kind']) =>
    renderStatus(documentOf([], { kind, name: 'n' }), { columns: 80, color: false }).split('\n')[0];
  assert.equal(title('live'), '=== CryptoRun Operational Status ===');
  assert.equal(title('replay'), '=== CryptoRun Operational Status: REPLAY of n (not live) ===');
  assert.equal(title('drill'), '=== CryptoRun Operational Status: DRILL of n (not live) ===');
  assert.equal(title('demo'), '=== CryptoRun Operational Status: DEMO of n (not live) ===');
});

test('property: whatever the rows say, tables stay aligned and nothing reaches the terminal but text', () => {
  const nasty = fc.constantFrom(
    '\x1b[2J',
    '\x1b]8;;x\x07',
    '\n',
    '\r',
    '\x9b',
    '\u202e',
    '币安',
    '👨‍👩‍👧‍👦',
    '🇯🇵',
    'e\u0301',
    '\u3099',
    '\u200b',
    '│',
    '\ue000',
  );
  const text = fc
    .array(fc.oneof(nasty, fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 4 })))
    .map((parts) => parts.join(' '));
  const row = fc.record({
    category: fc.constantFrom(...STATUS_CATEGORIES),
    name: text,
    part: fc.oneof(text, fc.constantFrom('health', 'level', 'since', 'spread_bps', 'rest', null)),
    value: fc.oneof(text, fc.double(), fc.constant(null)),
    unit: fc.constantFrom(...STATUS_UNITS, null),
    status: fc.constantFrom(...STATUS_GRADES, null),
    message: text,
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 8 }), text, fc.integer({ min: 40, max: 120 }), (rows, name, columns) => {
      const shown = renderStatus(documentOf(rows.map(statusRow), { name }), { columns, color: false });
      assertAligned(shown, columns);
      assert.doesNotMatch(shown.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ue000]/);
    }),
    { numRuns: 150 },
  );
});

test('colour: the flag, then NO_COLOR, then FORCE_COLOR, then the terminal', () => {
  const tty = { isTTY: true };
  const pipe = {};
  assert.equal(wantsColor('auto', {}, tty), true);
  assert.equal(wantsColor('auto', {}, pipe), false);
  assert.equal(wantsColor('auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, tty), false);
  assert.equal(wantsColor('auto', { NO_COLOR: '' }, tty), true);
  assert.equal(wantsColor('auto', { FORCE_COLOR: '1' }, pipe), true);
  assert.equal(wantsColor('auto', { FORCE_COLOR: '0' }, tty), false);
  assert.equal(wantsColor('auto', { CLICOLOR_FORCE: '1' }, pipe), true);
  assert.equal(wantsColor('auto', { CLICOLOR: '0' }, tty), false);
  assert.equal(wantsColor('auto', { TERM: 'dumb' }, tty), false);
  assert.equal(wantsColor('always', { NO_COLOR: '1' }, pipe), true);
  assert.equal(wantsColor('never', { FORCE_COLOR: '1' }, tty), false);
});

test('width: the terminal, elsewhere COLUMNS, else 80', () => {
  assert.equal(columnsOf({ COLUMNS: '50' }, { isTTY: true, columns: 120 }), 120);
  assert.equal(columnsOf({ COLUMNS: '132' }, {}), 132);
  assert.equal(columnsOf({ COLUMNS: 'wide' }, {}), 80);
  assert.equal(columnsOf({}, {}), 80);
  assert.equal(columnsOf({}, { isTTY: true, columns: 0 }), 80);
  assert.equal(columnsOf({}, { isTTY: true, columns: 10 }), 40);
});

function hostileRows(): StatusDocument['rows'] {
  return [
    statusRow({ category: 'kpi', name: '🟢 利用率', value: '\x1b[31mred', status: 'OK', message: 'two\nlines' }),
    statusRow({ category: 'guard', name: 'e\u0301'.repeat(25), status: 'BLOCK', message: '👨‍👩‍👧‍👦'.repeat(30) }),
    statusRow({ category: 'guard', name: 'ไทย', status: 'WARN', message: `${'x'.repeat(100)} \u202eevil\u202c` }),
    statusRow({ category: 'venue', name: '업비트_krw', value: 'ON' }),
    statusRow({ category: 'venue', name: '币安', value: 'maybe', message: '\x07\x08bell' }),
  ];
}
