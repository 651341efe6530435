/**
 * One life of a scanner's alerts: the real engine over the store of a folder, telling a receiver. Says `open`, then each second
 * that it begins, and `done` when the world is over and everything was told.
 *
 * Arguments: state folder, URL of the receiver, first second, number of periods.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Alerts } from '../../../src/core/signal/detect/alerts.ts';
import { systemClock } from '../../../src/shell/feeds/clocks.ts';
import { openReceivers } from '../../../src/shell/notify/receiver.ts';
import { AlertDesk } from '../../../src/shell/run/alerts/alert-desk.ts';
import { httpPost } from '../../../src/shell/run/alerts/http-post.ts';
import { openRunAlerts } from '../../../src/shell/stores/alerts/open-alerts.ts';
import { CONFIG, INSTRUMENTS, lengthOf, ROUTES, SECOND_MS, START_MS, valueAt } from './world.ts';

/** Of real time a second of the world takes so long, so that deliveries, flushes and kills fall everywhere in it. */
const SECOND_TAKES_MS = 2;

const [stateDir = '', url = '', from = '0', periods = '0'] = process.argv.slice(2);

const hook = (name: string) =>
  ({ kind: 'webhook', url: { kind: 'text', text: `${url}/${name}` }, ratePerMinute: 60_000, groupMs: 0 }) as const;
const receivers = { log: hook('log'), pager: { ...hook('pager'), groupMs: 20 } };

const desk = new AlertDesk({
  openStore: (busyTimeoutMs) => openRunAlerts(stateDir, busyTimeoutMs),
  receivers: openReceivers({ receivers, routes: ROUTES }, { env: {}, home: '/' }, 'scan-1').receivers,
  routing: { routes: ROUTES, ladder: CONFIG.ladder },
  post: httpPost,
  clock: systemClock(),
  // Retries in no time: the test is about what is told, not about patience.
  random: () => 0,
  print: () => {},
  // The receiver fails on purpose; everything else is to be seen.
  onProblem: (text) => {
    if (!/ fails: | answers again /.test(text)) process.stderr.write(`${text}\n`);
  },
});

let nowMs = START_MS + Number(from) * SECOND_MS;
const alerts = new Alerts(CONFIG, (effect) => desk.take([effect]));
alerts.restore(desk.stored.alerts, desk.stored.silences, nowMs);
const series = INSTRUMENTS.map((instrument) => alerts.series('m', { venue: 'sim', instrument })!);

async function lived(): Promise<void> {
  // The platform loads its HTTP client with the first request: that would take all of a short life.
  await httpPost(
    { url: `${url}/ready`, contentType: 'application/json', body: '[]' },
    1000,
    new AbortController().signal,
  );
  desk.start();
  process.stdout.write('open\n');
  for (let second = Number(from); second < lengthOf(Number(periods)); second++) {
    process.stdout.write(`${second}\n`);
    nowMs = START_MS + second * SECOND_MS;
    for (const command of desk.poll()) alerts.onCommand(command, nowMs);
    for (let i = 0; i < series.length; i++) {
      alerts.observe(series[i]!, valueAt(i, second, Number(periods)), Number.NaN, nowMs, nowMs);
    }
    alerts.onTime(nowMs);
    desk.keep(alerts.silences());
    await sleep(SECOND_TAKES_MS);
  }

  while (desk.status().unstored > 0 || desk.status().receivers.some(({ waiting }) => waiting > 0)) {
    desk.keep(alerts.silences());
    await sleep(10);
  }
  await desk.stop(alerts.silences());
  process.stdout.write('done\n');
}

void lived();
