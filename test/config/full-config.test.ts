/** The whole configuration: what alerts.yaml and scanner.yaml become, what is refused of them, and who does not read them. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import type { FullConfig } from '../../src/shell/config/full-config.ts';
import { loadConfig } from '../../src/shell/config/load-config.ts';
import { loadFullConfig } from '../../src/shell/config/load-full-config.ts';
import { problemText } from '../../src/shell/config/problem.ts';
import type { ConfigRequest } from '../../src/shell/config/resolve-home.ts';
import { parsePlainYaml } from '../../src/shell/config/yaml/plain-yaml.ts';
import { folderWith, PROJECT, requestIn } from './support.ts';

const ownText = (file: string) => readFileSync(join(PROJECT, 'config', file), 'utf8');
const BASE = {
  'config/ops.yaml': '{}\n',
  'config/venues.yaml': ownText('venues.yaml'),
  'config/instruments.yaml': ownText('instruments.yaml'),
};

/** A home with our venues and instruments, and these alerts. */
function homeWith(t: TestContext, files: { alerts?: string; scanner?: string }): ConfigRequest {
  const signal = {
    ...(files.alerts === undefined ? {} : { 'config/alerts.yaml': files.alerts }),
    ...(files.scanner === undefined ? {} : { 'config/scanner.yaml': files.scanner }),
  };
  return requestIn(folderWith(t, { ...BASE, ...signal }));
}

function fullConfigOf(request: ConfigRequest): FullConfig {
  const loaded = loadFullConfig(request);
  if (!loaded.ok) throw new Error(`refused:\n${loaded.problems.map(problemText).join('\n')}`);
  return loaded.config;
}

function reportOf(request: ConfigRequest): string[] {
  const loaded = loadFullConfig(request);
  return loaded.ok ? [] : loaded.problems.map(problemText);
}

/** An alerts.yaml with one type of which some lines are replaced or added. */
function alertsWith(lines: { readonly [key: string]: string }, rest = ''): string {
  const type: { [key: string]: string } = {
    description: 'A test',
    source: 'none',
    metric: 'spread_bps',
    priority: 'P2',
    severity: 'warning',
    condition: 'gt',
    thresholds: '{ "*": { threshold: 3 } }',
    ...lines,
  };
  const text = Object.entries(type).map(([key, value]) => `    ${key}: ${value}\n`);
  return `types:\n  spread:\n${text.join('')}${rest}`;
}

test('what a type leaves out it has from the defaults, in ms; only a P2 escalates with time', (t) => {
  const alerts = alertsWith(
    { throttle_seconds: '7' },
    'defaults: { keep_firing_seconds: 9, escalate_after_seconds: 60 }\n',
  );
  const [rule] = fullConfigOf(homeWith(t, { alerts })).alerts.rules;
  const { throttleMs, keepFiringMs, timeoutMs, escalateAfterMs, isEnabled } = rule!;
  assert.deepEqual(
    [throttleMs, keepFiringMs, timeoutMs, escalateAfterMs, isEnabled],
    [7000, 9000, 900_000, 60_000, true],
  );
  const [urgent] = fullConfigOf(homeWith(t, { alerts: alertsWith({ priority: 'P1' }) })).alerts.rules;
  assert.equal(urgent!.escalateAfterMs, null);
});

test('receivers, routes and the ladder come in the order of the file, their secrets as names', (t) => {
  const rest = `receivers:
  pager: { kind: pagerduty, routing_key_file: secrets/key, group_seconds: 3 }
  chat: { kind: slack, url_env: CHAT_URL, give_up_seconds: 600 }
  hook:
    kind: webhook
    url: https://hook.test
    headers: { X-Team: ops }
    headers_env: { X-Api_Key: HOOK_KEY }
    headers_file: { X-Other: secrets/other }
    basic_user: ana
    basic_password_file: secrets/hook
  am: { kind: alertmanager, url_env: AM, bearer_token_env: AM_TOKEN }
routes:
  urgent: { priorities: [P1], receivers: [pager], continue: true }
  all: { receivers: [chat] }
ladder:
  first: { after_seconds: 0 }
  later: { after_seconds: 900, priorities: [P1, P2], receivers: [pager] }
`;
  const { notify, alerts } = fullConfigOf(homeWith(t, { alerts: alertsWith({}, rest) }));
  assert.deepEqual(notify.receivers, {
    pager: {
      kind: 'pagerduty',
      routingKey: { kind: 'file', path: 'secrets/key' },
      url: null,
      ratePerMinute: 60,
      groupMs: 3000,
      giveUpMs: 86_400_000,
    },
    chat: { kind: 'slack', url: { kind: 'env', name: 'CHAT_URL' }, ratePerMinute: 60, groupMs: 0, giveUpMs: 600_000 },
    hook: {
      kind: 'webhook',
      url: { kind: 'text', text: 'https://hook.test' },
      headers: {
        'X-Team': { kind: 'text', text: 'ops' },
        'X-Api_Key': { kind: 'env', name: 'HOOK_KEY' },
        'X-Other': { kind: 'file', path: 'secrets/other' },
      },
      auth: { kind: 'basic', user: 'ana', password: { kind: 'file', path: 'secrets/hook' } },
      ratePerMinute: 60,
      groupMs: 0,
      giveUpMs: 86_400_000,
    },
    am: {
      kind: 'alertmanager',
      url: { kind: 'env', name: 'AM' },
      auth: { kind: 'bearer', token: { kind: 'env', name: 'AM_TOKEN' } },
      ratePerMinute: 60,
      groupMs: 0,
      giveUpMs: 86_400_000,
    },
  });
  assert.deepEqual(
    notify.routes.map(({ name, priorities, isContinued }) => [name, priorities, isContinued]),
    [
      ['urgent', ['P1'], true],
      ['all', null, false],
    ],
  );
  assert.deepEqual(alerts.ladder, [
    { name: 'first', afterMs: 0, priorities: ['P1'], receivers: [] },
    { name: 'later', afterMs: 900_000, priorities: ['P1', 'P2'], receivers: ['pager'] },
  ]);
});

test('scanner.yaml has a default for every key', (t) => {
  const { surveillance, history } = fullConfigOf(homeWith(t, { scanner: '{}\n' }));
  const own = fullConfigOf(requestIn(PROJECT));
  assert.deepEqual([surveillance, history], [own.surveillance, own.history]);
  assert.equal(surveillance.zscore.resetGapMs, 5000);
  assert.equal(history.retentionDays.dataGaps, 365);
});

test('a home without alerts.yaml and scanner.yaml has those of the package, whatever its instruments are', (t) => {
  const instruments =
    'instruments:\n  X-USD: { base: X, quote: USD, type: spot, venues: { kraken: { symbol: X/USD } } }\n';
  const request = requestIn(folderWith(t, { ...BASE, 'config/instruments.yaml': instruments }));
  assert.deepEqual(fullConfigOf(request).alerts, fullConfigOf(requestIn(PROJECT)).alerts);
});

test('the hash is over all five: another limit, another order of the routes is another; another order of the types is not', (t) => {
  const hashOf = (alerts: string) => fullConfigOf(homeWith(t, { alerts })).configHash;
  const routes = (...names: string[]) =>
    `receivers: { console: { kind: console } }\nroutes:\n${names.map((name) => `  ${name}: { receivers: [console] }\n`).join('')}`;
  const before = hashOf(alertsWith({}, routes('a', 'b')));
  assert.equal(hashOf(alertsWith({}, routes('a', 'b'))), before);
  assert.notEqual(hashOf(alertsWith({ thresholds: '{ "*": { threshold: 4 } }' }, routes('a', 'b'))), before);
  assert.notEqual(hashOf(alertsWith({}, routes('b', 'a'))), before);
  assert.notEqual(fullConfigOf(homeWith(t, { scanner: 'history: { batch_ms: 500 }\n' })).configHash, before);
  const spread = alertsWith({}).replace('types:\n', '');
  assert.equal(hashOf(`types:\n${spread}${otherType({})}`), hashOf(`types:\n${otherType({})}${spread}`));
});

test('commands that start in milliseconds do not read them: a fault in them is no fault there', (t) => {
  const request = homeWith(t, { alerts: 'types: [\n', scanner: 'x: 1\n' });
  assert.equal(loadConfig(request).ok, true);
  assert.equal(loadFullConfig(request).ok, false);
});

test('one report tells what is wrong with all five', (t) => {
  const request = requestIn(
    folderWith(t, {
      ...BASE,
      'config/ops.yaml': 'logg: {}\n',
      'config/alerts.yaml': alertsWith({ prioritty: 'P1' }, 'routes: { all: { receivers: [pager] } }\n'),
      'config/scanner.yaml': 'surveillance: { zscore: { min_samples: 400 } }\nhistory: { batch_ms: 1 }\n',
    }),
  );
  assert.deepEqual(reportOf(request), [
    'config/ops.yaml:1:1 logg: wanted a known key, found "logg" (did you mean log?)',
    'config/alerts.yaml:10:5 types.spread.prioritty: wanted a known key, found "prioritty" (did you mean priority?)',
    'config/alerts.yaml:11:30 routes.all.receivers[0]: wanted a receiver, found "pager"',
    'config/scanner.yaml:1:40 surveillance.zscore.min_samples: wanted at most window_samples (300, the default), found 400',
    'config/scanner.yaml:2:22 history.batch_ms: wanted a whole number from 10 to 60000, found 1',
  ]);
});

/** What is wrong with alerts.yaml, and the one line that says so. `SCANNER`: the path of the scanner.yaml that holds. */
const REFUSED: readonly [alerts: string, line: string][] = [
  [
    alertsWith({ metric: 'spred_bps' }),
    '5:13 types.spread.metric: wanted a metric or a series of the run, found "spred_bps" (did you mean spread_bps?)',
  ],
  [
    alertsWith({ requires_zscore: 'true' }),
    '9:19 types.spread.thresholds."*": wanted the key "zscore", as the type requires one, found no such key',
  ],
  [
    alertsWith({ metric: 'imbalance', requires_zscore: 'true', thresholds: '{ "*": { threshold: 1, zscore: 2 } }' }),
    '10:22 types.spread.requires_zscore: wanted false, or imbalance among surveillance.zscore.metrics (SCANNER), found true',
  ],
  [
    alertsWith({ thresholds: '{ BTC-USDX: { threshold: 1 } }' }),
    '9:19 types.spread.thresholds.BTC-USDX: wanted an instrument of instruments.yaml, or "*", found "BTC-USDX" (did you mean BTC-USD?)',
  ],
  [
    alertsWith({ escalates_to: 'spreads' }),
    '10:19 types.spread.escalates_to: wanted another type, found "spreads" (did you mean spread?)',
  ],
  [
    alertsWith({ escalates_to: 'spread' }),
    '10:19 types.spread.escalates_to: wanted a type that does not lead back, found "spread"',
  ],
  [
    alertsWith({ escalates_to: 'other' }, otherType({ metric: 'imbalance' })),
    '10:19 types.spread.escalates_to: wanted a type with the same metric (spread_bps), found "other", whose metric is imbalance',
  ],
  [
    alertsWith({ escalates_to: 'other' }, otherType({ thresholds: '{ "*": { threshold: 2 } }' })),
    '18:37 types.other.thresholds."*".threshold: wanted at least that of spread (3), which escalates to it, found 2',
  ],
  [
    alertsWith({}, 'ladder: { first: { after_seconds: 60 } }\n'),
    '10:35 ladder.first.after_seconds: wanted 0, as it is the first step, found 60',
  ],
  [
    alertsWith({}, 'ladder: { a: { after_seconds: 0 }, b: { after_seconds: 0, receivers: [] } }\n'),
    '10:56 ladder.b.after_seconds: wanted more than 0, the step before, found 0',
  ],
  [
    alertsWith({}, 'receivers: { chat: { kind: slack, url: "https://hooks.example/x" } }\n'),
    '10:35 receivers.chat.url: wanted one of url_env, url_file, as the kind is slack, found "url"',
  ],
  [
    alertsWith({}, 'receivers: { hook: { kind: webhook } }\n'),
    '10:14 receivers.hook: wanted one of url, url_env, url_file, as the kind is webhook, found none',
  ],
  [
    alertsWith({}, 'receivers: { hook: { kind: webhook, url: "https://me:secret@hooks.example/x" } }\n'),
    '10:42 receivers.hook.url: wanted an http or https URL without a user and a password, found something else, which is not shown as it may hold a secret',
  ],
  [
    alertsWith({}, 'receivers: { chat: { kind: slack, url_env: A, headers: { X-Team: ops } } }\n'),
    '10:47 receivers.chat.headers: wanted no header and no sign-in, as the kind is slack, found "headers"',
  ],
  [
    alertsWith({}, 'receivers: { hook: { kind: webhook, url_env: A, headers: { X-Api-Key: verysecret } } }\n'),
    '10:60 receivers.hook.headers.X-Api-Key: wanted it under headers_env or headers_file, as its value looks like a secret, found "X-Api-Key"',
  ],
  [
    alertsWith({}, 'receivers: { hook: { kind: webhook, url_env: A, headers: { Host: verysecret } } }\n'),
    '10:60 receivers.hook.headers.Host: wanted no header that the request itself has, found "Host"',
  ],
  [
    alertsWith({}, 'receivers: { hook: { kind: webhook, url_env: A, headers: { Expect: 100-continue } } }\n'),
    '10:60 receivers.hook.headers.Expect: wanted no header that the request itself has, found "Expect"',
  ],
  [
    alertsWith({}, 'receivers: { hook: { kind: webhook, url_env: A, headers: { X-A: "verysecr\u00e4t" } } }\n'),
    '10:65 receivers.hook.headers.X-A: wanted text of visible ASCII, found something else, which is not shown as it may be a secret',
  ],
  [
    alertsWith({}, 'receivers: { hook: { kind: webhook, url_env: A, headers_env: { "X A": B } } }\n'),
    '10:64 receivers.hook.headers_env."X A": wanted the name of a header, found "X A"',
  ],
  [
    alertsWith({}, 'receivers: { hook: { kind: webhook, url_env: A, bearer_token_env: verysecret } }\n'),
    '10:67 receivers.hook.bearer_token_env: wanted the name of a variable, in capitals, found something else, which is not shown as it may be the secret itself',
  ],
  [
    alertsWith({}, 'receivers: { hook: { kind: webhook, url_env: A, bearer_token_env: B, basic_user: ana } }\n'),
    '10:49 receivers.hook.bearer_token_env: wanted a bearer token, or a user and a password, found both',
  ],
  [
    alertsWith({}, 'receivers: { hook: { kind: webhook, url_env: A, basic_user: ana } }\n'),
    '10:14 receivers.hook: wanted one of basic_password_env, basic_password_file, as it signs in with a user and a password, found none',
  ],
  [
    alertsWith(
      {},
      'receivers: { hook: { kind: webhook, url_env: A, bearer_token_env: B, headers_env: { Authorization: C } } }\n',
    ),
    '10:85 receivers.hook.headers_env.Authorization: wanted each header once, found "Authorization"',
  ],
  [
    alertsWith({}, 'receivers: { pager: { kind: pagerduty, routing_key_env: A, routing_key_file: b } }\n'),
    '10:14 receivers.pager: wanted one of routing_key_env, routing_key_file, as the kind is pagerduty, found more than one',
  ],
  [
    alertsWith(
      {},
      'receivers: { console: { kind: console } }\nroutes: { a: { receivers: [console], types: [spreed] } }\n',
    ),
    '11:46 routes.a.types[0]: wanted a type, found "spreed" (did you mean spread?)',
  ],
  [
    alertsWith(
      {},
      'receivers: { console: { kind: console } }\nroutes: { a: { receivers: [console], venues: [krakn] } }\n',
    ),
    '11:47 routes.a.venues[0]: wanted a venue of venues.yaml, found "krakn" (did you mean kraken?)',
  ],
];

/** A second type, to stand behind the first. */
function otherType(lines: { readonly [key: string]: string }): string {
  return alertsWith(lines).replace('types:\n  spread:', '  other:');
}

for (const [alerts, line] of REFUSED) {
  test(`refused: ${line}`, (t) => {
    const request = homeWith(t, { alerts });
    const scanner = join(PROJECT, 'config', 'scanner.yaml');
    assert.deepEqual(reportOf(request), [`config/alerts.yaml:${line.replace('SCANNER', scanner)}`]);
  });
}

test('whatever stands in the place of a value, there is a configuration or a report, never an exception', () => {
  const request = requestIn(PROJECT);
  const path = join(PROJECT, 'config', 'alerts.yaml');
  const [own] = parsePlainYaml(ownText('alerts.yaml'))!;
  const odd = fc.constantFrom(null, 3, -1, 'x', '', true, [], {}, [null], { '': null }, { x: { y: [1] } });
  fc.assert(
    fc.property(fc.constantFrom(...pathsIn(own)), odd, (where, value) => {
      const alerts = structuredClone(own);
      const parent = where.slice(0, -1).reduce<Mapping>((at, key) => at[key] as Mapping, alerts as Mapping);
      parent[where.at(-1)!] = value;
      const loaded = loadFullConfig(request, new Map([[path, JSON.stringify(alerts)]]));
      assert.ok(loaded.ok || loaded.problems.length > 0);
    }),
    { numRuns: 40 },
  );
});

type Mapping = { [key: string]: unknown };

/** The paths of all values in a tree. */
function pathsIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [[key], ...pathsIn(part).map((rest) => [key, ...rest])]);
}
