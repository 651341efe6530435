/** No secret of a receiver is ever shown: not by a command, not in what a run says, not in what it stores. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { systemClock } from '../../src/shell/feeds/clocks.ts';
import type { RouteConfig } from '../../src/shell/notify/notify-config.ts';
import { openReceivers } from '../../src/shell/notify/receiver.ts';
import { AlertDesk } from '../../src/shell/run/alerts/alert-desk.ts';
import { httpPost } from '../../src/shell/run/alerts/http-post.ts';
import { openAlerts, openRunAlerts } from '../../src/shell/stores/alerts/open-alerts.ts';
import { World } from '../cli/support/world.ts';
import { stateFolder } from '../stores/control/support/control-state.ts';
import { alertOf, effectOf, T0_MS } from './support/alert-records.ts';
import { LocalReceiver } from './support/local-receiver.ts';

const TOKEN = 'verysecrettoken123';
const KEY = 'Rsecret6789abcdef0123456789abcde';
const PAIR = Buffer.from(`ana:${TOKEN}`).toString('base64');
const SECRET = new RegExp(`${TOKEN}|${KEY}|T0SECRET0|${PAIR}`);

/** Refuses everything, and quotes all that it was given: the path, the headers, and the body with its key. */
async function quotingServer(t: TestContext, status: number): Promise<LocalReceiver> {
  const server = await LocalReceiver.started();
  t.after(() => server.close());
  server.play = (response, n) => {
    const { path, headers, body } = server.received[n]!;
    const { authorization = '', 'x-api-key': key = '' } = headers;
    response.writeHead(status).end(`bad request ${server.url}${path} ${authorization} ${key} ${JSON.stringify(body)}`);
  };
  return server;
}

test('commands: the configuration, the receivers, and a test that is refused with all it was sent', async (t) => {
  const server = await quotingServer(t, 400);
  const world = new World();
  world.env = {
    ...world.env,
    SLACK: `${server.url}/services/T0SECRET0/B1/${TOKEN}`,
    HOOK: `${server.url}/hook?key=${TOKEN}`,
    PASSWORD: TOKEN,
  };
  world.writeConfig();
  const own = new URL('../../config/alerts.yaml', import.meta.url);
  const receivers = `receivers:
  chat: { kind: slack, url_env: SLACK }
  hook: { kind: webhook, url_env: HOOK, group_seconds: 5, basic_user: ana, basic_password_env: PASSWORD }
  am: { kind: alertmanager, url: "${server.url}", bearer_token_env: PASSWORD, headers_file: { X-Api-Key: pager.key } }
  pager: { kind: pagerduty, routing_key_file: pager.key, url_env: HOOK }
`;
  const yaml = readFileSync(own, 'utf8')
    .replace(/^receivers:\n.*\n/m, receivers)
    .replace('receivers: [console]', 'receivers: [chat, hook, pager, am]');
  writeFileSync(join(world.home, 'config', 'alerts.yaml'), yaml);
  writeFileSync(join(world.home, 'pager.key'), KEY, { mode: 0o600 });

  const commands = [
    ['config', 'check'],
    ['config', 'check', '--print-effective'],
    ['notify', 'list'],
    ['notify', 'list', '--format', 'json'],
    ['notify', 'test', 'everything'],
    ['notify', 'test', 'everything', '--format', 'json'],
    ['notify', 'test', 'nobody'],
  ];
  let shown = '';
  for (const args of commands) {
    const { stdout, stderr } = await world.run(args);
    shown += `$ ${args.join(' ')}\n${stdout}${stderr}`;
  }
  assert.ok(server.received.length >= 6, shown);
  assert.ok(
    server.received.some(({ body }) => JSON.stringify(body).includes(KEY)),
    'the key itself is sent',
  );
  const asked = server.received.map(({ headers }) => headers.authorization);
  assert.ok(asked.includes(`Basic ${PAIR}`) && asked.includes(`Bearer ${TOKEN}`), 'both are sent');
  assert.match(shown, /NOT told: HTTP 400: bad request/);
  assert.match(shown, /SLACK/, 'where a secret comes from is no secret');
  assert.doesNotMatch(shown, SECRET);

  const { stderr, code } = await world.run(['notify', 'test', 'pager']);
  assert.deepEqual([code, stderr], [1, '']);
});

const ANY = { priorities: null, venues: null, instruments: null, types: null, isContinued: false };

for (const status of [400, 500]) {
  test(`a run whose receivers answer ${status} and quote what they got: what it says, shows and stores`, async (t) => {
    const server = await quotingServer(t, status);
    const dir = stateFolder(t);
    openAlerts(dir, 1000).close();
    const place = { env: { SLACK: `${server.url}/services/T0SECRET0/B1/${TOKEN}`, KEY }, home: dir };
    const pace = { ratePerMinute: 60_000, groupMs: 0 };
    const config = {
      chat: { kind: 'slack', url: { kind: 'env', name: 'SLACK' }, ...pace },
      pager: {
        kind: 'pagerduty',
        routingKey: { kind: 'env', name: 'KEY' },
        url: { kind: 'env', name: 'SLACK' },
        ...pace,
      },
    } as const;
    const routes: RouteConfig[] = [{ ...ANY, name: 'all', receivers: ['chat', 'pager'] }];
    const said: string[] = [];
    const desk = new AlertDesk({
      openStore: (busyTimeoutMs) => openRunAlerts(dir, busyTimeoutMs),
      receivers: openReceivers({ receivers: config, routes }, place, 'scan-1').receivers,
      routing: { routes, ladder: [] },
      clock: systemClock(),
      random: () => 0,
      print: (line) => said.push(line),
      onProblem: (text) => said.push(text),
      post: httpPost,
    });
    desk.start();
    desk.take([effectOf('fired', alertOf('a1', { lastAtMs: T0_MS }))]);
    desk.keep([]);
    const isSeen = (): boolean => desk.status().receivers.every(({ problem }) => problem !== null);
    for (let i = 0; !isSeen() && i < 500; i++) await sleep(20);
    const status_ = desk.status();
    const shown = [...said, JSON.stringify(status_), inspect(desk, { depth: 9, showHidden: true })].join('\n');
    await desk.stop([]);
    assert.match(said.join('\n'), new RegExp(`HTTP ${status}: bad request`));
    assert.match(JSON.stringify(status_), new RegExp(`HTTP ${status}: bad request`));
    assert.doesNotMatch(shown, SECRET);
    const files = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'latin1'));
    assert.ok(
      files.some((text) => text.includes(`HTTP ${status}`)),
      'the reason is stored',
    );
    assert.doesNotMatch(files.join(''), SECRET);
  });
}
