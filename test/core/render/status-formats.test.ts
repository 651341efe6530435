import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { statusOfReplay } from '../../../src/core/ops/replay/replay-status.ts';
import {
  STATUS_CATEGORIES,
  STATUS_GRADES,
  STATUS_UNITS,
  type StatusRow,
  statusRow,
} from '../../../src/core/ops/status.ts';
import {
  type FormatOptions,
  nagiosExitCode,
  renderFormat,
  STATUS_FORMATS,
  type StatusFormat,
} from '../../../src/core/render/status-formats.ts';
import { type StatusView, viewOf } from '../../../src/core/render/view.ts';
import { badRecording, GUIDE_CONFIG } from '../ops/facts.ts';
import { matchesGolden } from '../ops/golden.ts';
import { drawBlocks } from './draw.ts';
import { badRows, ENGAGED, goodRows, guideRows, liveView, NOW_MS } from './live-view.ts';

const OPTIONS: FormatOptions = {
  columns: 80,
  color: false,
  headers: true,
  quiet: false,
  nowMs: NOW_MS,
  writers: { drawBlocks, csvText: (records) => stringify(records as string[][]) },
};

function render(format: StatusFormat, view: StatusView, options: Partial<FormatOptions> = {}): string {
  return renderFormat(format, view, { ...OPTIONS, ...options });
}

const SCHEMA = new URL('../../../docs/schema/cryptorun.status.v1.schema.json', import.meta.url);
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);

const DEAD: Partial<StatusView> = {
  scanner: { kind: 'dead', lastHeartbeatMs: NOW_MS - 720_000 },
  scannerProcess: null,
};

function replayView(): StatusView {
  const rows = statusOfReplay(badRecording(), GUIDE_CONFIG);
  return viewOf({ source: { kind: 'replay', name: 'r1' }, savedAtMs: NOW_MS, dataTimeMs: null, rows });
}

const VIEWS: readonly [string, StatusView][] = [
  ['bad', liveView(badRows())],
  ['guide', liveView(guideRows())],
  ['killed', liveView(badRows(), { kill: ENGAGED })],
  ['dead', liveView(badRows(), DEAD)],
  ['outdated', liveView(goodRows(), { isOutdated: true })],
  ['nothing saved', { ...liveView([]), document: { ...liveView([]).document, savedAtMs: Number.NaN } }],
  ['empty', liveView([])],
  ['absent', liveView(guideRows(), { scanner: { kind: 'absent' }, scannerProcess: null, auditHead: null })],
  ['replay', replayView()],
];

for (const format of ['json', 'ndjson', 'csv', 'prom', 'nagios'] as const) {
  test(`${format} of a bad afternoon with the kill switch engaged`, () => {
    const extension = { json: 'json', ndjson: 'ndjson', csv: 'csv', prom: 'prom', nagios: 'nagios.txt' }[format];
    matchesGolden(`ops/live-killed.${extension}`, render(format, liveView(badRows(), { kill: ENGAGED })));
  });
}

test('json is what its schema publishes, whatever there is to say', () => {
  for (const [name, view] of VIEWS) {
    const text = render('json', view);
    assert.ok(validate(JSON.parse(text)), `${name}: ${ajv.errorsText(validate.errors)}`);
  }
  assert.equal(validate({ schema: 'cryptorun.status/v1' }), false, 'the schema refuses what lacks members');
});

test('json: the state is the same at another moment in another process; the rest says when and who', () => {
  const first = JSON.parse(render('json', liveView(badRows())));
  const later: Partial<StatusView> = { scannerProcess: { pid: 1, startedAtMs: null, rssBytes: null } };
  const second = JSON.parse(render('json', liveView(badRows(), later), { nowMs: NOW_MS + 5000 }));
  assert.deepEqual(second.state, first.state);
  assert.deepEqual(first.process, { pid: 4242, uptimeSeconds: 11_520, rssBytes: 121_000_000 });
  assert.deepEqual(second.process, { pid: 1, uptimeSeconds: null, rssBytes: null });
  assert.equal(first.scanner.heartbeatAgeSeconds, 0.08);
  assert.deepEqual(first.state.audit, { seq: 17, hash: 'ab'.repeat(32) });
});

test('json: a script finds a spread, a transport, a grade and the kill switch by their names', () => {
  const { state } = JSON.parse(render('json', liveView(badRows(), { kill: ENGAGED })));
  // biome-ignore lint/suspicious/noExplicitAny: parsed JSON, as a script would walk it
  const named = (list: any[], name: string) => list.find((one) => one.name === name);
  assert.equal(named(state.venues, 'okx').parts.spread_bps.value, 12.5);
  assert.equal(named(state.providers, 'kraken').parts.rest.value, 'OFF');
  assert.equal(named(state.providers, 'kraken').parts.rest.override.until, '2024-12-08T15:30:45.000Z');
  assert.equal(named(state.switches, 'emergency_live_data').override.configured, 'ON');
  assert.equal(named(state.breakers, 'kraken.rest').parts.next_probe.value, '2024-12-07T15:31:05.000Z');
  assert.equal(state.health.grade, 'D');
  assert.equal(state.health.policy.exits_only, 'YES');
  assert.deepEqual(state.killswitch, {
    active: true,
    activated_at: '2024-12-07T15:25:45.000Z',
    level: 'kill',
    reason: 'health grade F for 30 s',
    operator: 'scanner',
    source: 'trigger',
    trigger: 'health_grade_f',
    released_at: null,
  });
});

test('ndjson and csv have the same rows in the same order', () => {
  for (const [name, view] of VIEWS) {
    const lines = render('ndjson', view).trimEnd().split('\n');
    const records = render('csv', view).trimEnd().split('\n').slice(2);
    assert.equal(records.length, lines.length, name);
    for (const line of lines) assert.equal(JSON.parse(line).at, '2024-12-07T15:30:45.000Z');
  }
});

test('exit codes: the worst counts; unknown is never OK; an engaged kill switch needs no scanner to be critical', () => {
  const row = (status: StatusRow['status']) =>
    statusRow({ category: 'kpi', name: 'error_rate_percent', value: 1, unit: 'percent', status });
  const off = statusRow({ category: 'switch', name: 'emergency_scanners', value: 'OFF' });
  const live = (...rows: StatusRow[]) => liveView(rows);
  const table: [string, StatusView, number, RegExp][] = [
    ['all well', live(row('OK')), 0, /^CRYPTORUN OK - 1 checked, 0 without data \|/],
    ['some without data', live(row('OK'), row('NO DATA')), 0, /^CRYPTORUN OK - 1 checked, 1 without data/],
    ['a warning', live(row('OK'), row('WARN')), 1, /^CRYPTORUN WARNING - error_rate_percent 1\.0% WARN \|/],
    ['a block', live(row('WARN'), row('BLOCK')), 2, /^CRYPTORUN CRITICAL - error_rate_percent 1\.0% BLOCK; error_rate/],
    ['an emergency switch off', live(row('OK'), off), 1, /^CRYPTORUN WARNING - switch emergency_scanners OFF \|/],
    ['nothing judged', live(row(null)), 3, /^CRYPTORUN UNKNOWN - 0 checked/],
    ['all without data', live(row('NO DATA')), 3, /^CRYPTORUN UNKNOWN - 0 checked, 1 without data/],
    ['nothing at all', live(), 3, /^CRYPTORUN UNKNOWN - 0 checked, 0 without data$/m],
    ['dead', liveView([row('OK')], DEAD), 3, /^CRYPTORUN UNKNOWN - scanner dead, last heartbeat 12 min ago$/m],
    ['was critical, now dead', liveView([row('CRITICAL')], DEAD), 3, /^CRYPTORUN UNKNOWN - scanner dead/],
    [
      'alive, but its status is not of now',
      liveView([row('OK')], { isOutdated: true }),
      3,
      /^CRYPTORUN UNKNOWN - the scanner lives, but its status was saved 0 s ago$/m,
    ],
    ['absent', liveView([row('OK')], { scanner: { kind: 'absent' } }), 3, /UNKNOWN - no scanner ever ran here/],
    ['a replay', replayView(), 3, /^CRYPTORUN UNKNOWN - no live scanner, only a replay \(r1\)$/m],
    ['killed', liveView([row('OK')], { kill: ENGAGED }), 2, /CRITICAL - kill switch engaged: kill by trigger/],
    [
      'killed and dead',
      liveView([row('OK')], { ...DEAD, kill: ENGAGED }),
      2,
      /CRITICAL - scanner dead, .*; kill switch/,
    ],
  ];
  for (const [name, view, code, text] of table) {
    assert.equal(nagiosExitCode(view), code, name);
    assert.match(render('nagios', view), text, name);
  }
});

test('nagios: figures with their ranges; problems beyond the third on lines of their own; a bar only before figures', () => {
  const text = render('nagios', liveView(badRows()));
  const [first = '', ...rest] = text.trimEnd().split('\n');
  assert.match(first, / and \d+ more \| /);
  assert.equal(rest.length, Number(/ and (\d+) more /.exec(first)?.[1]));
  const figures = first.split(' | ')[1]!;
  assert.match(figures, /'requests_per_minute'=145\.0;100;200;0; /);
  assert.match(figures, /'healthy_venue_count'=1;1\.6:;1:;0;2 /);
  assert.match(figures, /'lag_p99_ms'=620ms;100;500;0; /);
  assert.match(figures, /'grade_score'=74\.3;;;0;100 /);
  assert.match(figures, /'okx_clock_skew_ms'=-12ms;;;;( |$)/);
  assert.doesNotMatch(figures, /cache_hit_rate/);
  const evil = statusRow({ category: 'guard', name: "a'=b|c", status: 'BLOCK', message: 'x | y=1\n| z' });
  assert.equal(render('nagios', liveView([evil])), "CRYPTORUN CRITICAL - guard a'=b/c BLOCK: x / y=1 / z\n");
});

/** The grammar of the text format, as strict as a scraper's. */
const SAMPLE =
  /^[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*")*\})? -?[0-9.]+(?:e[+-]?\d+)?$/;

function assertExposition(text: string): void {
  const families = new Set<string>();
  const seen = new Set<string>();
  let family = '';
  for (const line of text.split('\n').slice(0, -1)) {
    if (line.startsWith('# HELP ')) {
      family = line.split(' ')[2]!;
      assert.ok(!families.has(family), `${family} twice`);
      families.add(family);
    } else if (line.startsWith('# TYPE ')) {
      assert.equal(line, `# TYPE ${family} gauge`);
    } else {
      assert.match(line, SAMPLE);
      assert.match(line, new RegExp(`^${family}[ {]`));
      const series = line.slice(0, line.lastIndexOf(' '));
      assert.ok(!seen.has(series), `${series} twice`);
      seen.add(series);
    }
  }
  assert.ok(text.endsWith('\n'));
}

test('prom: base units, instants instead of ages, unknown left out', () => {
  const text = render('prom', liveView(badRows()));
  assertExposition(text);
  for (const line of [
    'cryptorun_scanner_up 1',
    'cryptorun_scanner_start_timestamp_seconds 1733573925',
    'cryptorun_kpi_lag_p99_seconds 0.62',
    'cryptorun_kpi_healthy_venues 1',
    'cryptorun_kpi_healthy_venues_of 2',
    'cryptorun_breaker_state{breaker="kraken.rest",state="open"} 1',
    'cryptorun_breaker_state{breaker="kraken.rest",state="closed"} 0',
    'cryptorun_breaker_next_probe_timestamp_seconds{breaker="kraken.rest"} 1733585465',
    'cryptorun_health_grade{grade="D"} 1',
    'cryptorun_health_component_ratio{component="data_quality"} 0.615',
    'cryptorun_policy_allowed{policy="exits_only"} 1',
    'cryptorun_trigger_state{trigger="disk_free",state="holding"} 1',
    'cryptorun_switch_on{switch="provider_kraken_rest"} 0',
    'cryptorun_switch_reverts_timestamp_seconds{switch="emergency_live_data"} 1733586645',
    'cryptorun_venue_spread_ratio{venue="okx"} 0.00125',
    'cryptorun_venue_healthy{venue="okx"} 0',
    'cryptorun_status_level{category="guard",name="kraken"} 3',
  ]) {
    assert.ok(text.split('\n').includes(line), line);
  }
  assert.doesNotMatch(text, /cache_hit_rate|api_health|_age_/);
});

test('prom: without a living scanner nothing measured is there, and a replay shows no figure of another time', () => {
  for (const [view, up] of [
    [liveView(badRows(), DEAD), 0],
    [liveView(badRows(), { isOutdated: true }), 1],
    [replayView(), 0],
  ] as const) {
    const text = render('prom', view);
    assertExposition(text);
    assert.match(text, new RegExp(`^cryptorun_scanner_up ${up}$`, 'm'));
    assert.match(text, /^cryptorun_switch_on\{switch="emergency_scanners"\} 1$/m);
    assert.doesNotMatch(text, /kpi_|venue_[a-z]+_ratio|health_|breaker_|status_level/);
  }
});

test('quiet: nothing when all is well, else a line for each thing that is wrong', () => {
  const quiet = (view: StatusView) => render('table', view, { quiet: true });
  assert.equal(quiet(liveView([statusRow({ category: 'kpi', name: 'x', value: 1, status: 'OK' })])), '');
  assert.equal(quiet(liveView(guideRows())), 'kpi  error_rate_percent  6.3%  WARN\n');
  assert.equal(quiet(liveView(guideRows(), DEAD)), 'scanner dead, last heartbeat 12 min ago\n');
  const lines = quiet(liveView(badRows(), { kill: ENGAGED })).split('\n');
  assert.match(
    lines[0]!,
    /^killswitch {2}kill_switch +engaged +CRITICAL {2}kill by trigger health_grade_f: health grade F/,
  );
});

test('a table that is too tall for its screen is brief, and one that fits is not', () => {
  const view = liveView(goodRows());
  const whole = render('table', view);
  const height = whole.split('\n').length - 1;
  assert.equal(render('table', view, { rows: height }), whole);
  const brief = render('table', view, { rows: height - 1 });
  assert.match(brief, /^🔌 CIRCUIT BREAKERS: 1 ✅closed$/m);
  assert.ok(brief.length < whole.length / 2);
});

test('without headers a table is aligned lines, and csv is records alone', () => {
  const lines = render('table', liveView(guideRows()), { headers: false }).split('\n');
  assert.equal(lines[0], 'kpi         requests_per_minute     45.0      OK');
  assert.equal(lines[5], 'guard       budget                  -         OK    API budget OK: 1205/3600 (33.5%)');
  const csv = render('csv', liveView(guideRows()), { headers: false });
  assert.match(csv, /^2024-12-07T15:30:45\.000Z,source,live,/);
});

test('property: whatever the rows say, every format is whole and can be read by its readers', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom(
      'grade',
      'policy',
      'a"b',
      'a\\',
      'a\nb',
      "a'b",
      '|',
      '=1',
      '\x1b[2J',
      '\u202e',
      'health',
      '__proto__',
    ),
  );
  const row = fc.record({
    category: fc.constantFrom(...STATUS_CATEGORIES),
    name: text,
    part: fc.oneof(text, fc.constant(null)),
    value: fc.oneof(text, fc.double(), fc.constant(null)),
    unit: fc.constantFrom(...STATUS_UNITS, null),
    total: fc.oneof(fc.integer(), fc.constant(null)),
    status: fc.constantFrom(...STATUS_GRADES, null),
    message: text,
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), fc.constantFrom('alive', 'dead'), (rows, kind) => {
      const view = liveView(rows.map(statusRow), { scanner: { kind, lastHeartbeatMs: NOW_MS } });
      for (const format of STATUS_FORMATS) {
        const shown = render(format, view);
        assert.doesNotMatch(shown.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202e]/, format);
      }
      const json = JSON.parse(render('json', view)) as { verdict: string };
      assert.ok(validate(JSON.parse(render('json', view))), ajv.errorsText(validate.errors));
      assertExposition(render('prom', view));
      assert.equal(nagiosExitCode(view), ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'].indexOf(json.verdict));
      assert.ok(kind === 'alive' || nagiosExitCode(view) >= 2);
      assert.ok(render('nagios', view).split('\n')[0]!.split('|').length <= 2);
    }),
    { numRuns: 200 },
  );
});
