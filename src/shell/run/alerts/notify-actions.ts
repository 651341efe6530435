/** `notify list|test`: reads alerts.yaml and the outbox, and tells receivers of an alert that is none. Changes nothing. */

import { hostname } from 'node:os';
import { cell, left, right } from '../../../core/render/cells.ts';
import { knownIsoText } from '../../../core/render/value-text.ts';
import type { ReceiverQueue } from '../../../core/signal/detect/notification.ts';
import type { RouteConfig } from '../../../core/signal/detect/notify-config.ts';
import { printJson, printTable } from '../../cli/control/print.ts';
import type { NotifyOptions } from '../../cli/notify-command.ts';
import type { Outside } from '../../cli/outside.ts';
import { configRequest } from '../../cli/place.ts';
import type { FullConfig } from '../../config/full-config.ts';
import { loadFullConfig } from '../../config/load-full-config.ts';
import { problemText } from '../../config/problem.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import { openReceivers } from '../../notify/receiver.ts';
import { sendTest, type TestResult } from '../../notify/send-test.ts';
import { openAlertsToRead } from '../../stores/alerts/open-alerts.ts';
import { httpPost } from './http-post.ts';

const BUSY_TIMEOUT_MS = 400;
const NOT_TOLD = 1;

export async function listReceivers(options: NotifyOptions, context: CliContext, _outside: Outside): Promise<void> {
  const config = configOf(options, context);
  const { receivers, problems } = openReceivers(config.notify, placeOf(config, context), hostname());
  const queues = queuesOf(config);
  const rows = Object.entries(config.notify.receivers).map(([name, { kind }]) => ({
    name,
    kind,
    target: receivers.get(name)?.target ?? 'cannot be told',
    routes: config.notify.routes.filter((route) => route.receivers.includes(name)).map((route) => route.name),
    waiting: queues.get(name)?.waiting ?? 0,
    givenUp: queues.get(name)?.dead ?? 0,
    problem: problems.find((text) => text.startsWith(`receivers.${name}:`)) ?? queues.get(name)?.problem ?? null,
  }));
  if (options.format === 'json') {
    const routes = config.notify.routes.map(({ name, receivers: told, isContinued }) => ({
      name,
      receivers: [...told],
      continue: isContinued,
    }));
    printJson({ schema: 'cryptorun.receivers/v1', routes, receivers: rows }, context);
    return;
  }
  await printTable(
    [left('Receiver', 8), left('Kind', 8), left('Where', 10), left('Routes', 8), right('Waits', 5), left('Remark', 6)],
    rows.map(({ name, kind, target, routes, waiting, givenUp, problem }) =>
      [name, kind, target, routes.join(' ') || '-', String(waiting), remarkOf(givenUp, problem)].map((text) =>
        cell(text),
      ),
    ),
    'no receivers: alerts.yaml names none, so nobody is told',
    context,
  );
}

/** @param name - of a route, or of a receiver */
export async function testRoute(
  name: string,
  options: NotifyOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const config = configOf(options, context);
  const names = await receiversOf(name, config);
  const { receivers, problems } = openReceivers(config.notify, placeOf(config, context), hostname());
  const print = (line: string): void => void context.stderr.write(`${line}\n`);
  const results: TestResult[] = [];
  for (const one of names) {
    const receiver = receivers.get(one);
    if (receiver === undefined) results.push(notOpened(one, config, problems));
    else results.push(await sendTest(receiver, { post: httpPost, clock: { nowMs: () => outside.nowMs() }, print }));
  }
  if (options.format === 'json')
    printJson(
      {
        schema: 'cryptorun.notify-test/v1',
        at: knownIsoText(outside.nowMs()),
        results: results.map((one) => ({ ...one })),
      },
      context,
    );
  else for (const result of results) context.stdout.write(`${lineOf(result)}\n`);
  if (results.some(({ isDelivered }) => !isDelivered)) context.setExitCode(NOT_TOLD);
}

function lineOf({ receiver, kind, target, isDelivered, problem, tookMs }: TestResult): string {
  const where = kind === target ? kind : `${kind}, ${target}`;
  return isDelivered ? `${receiver} (${where}): told, ${tookMs} ms` : `${receiver} (${where}): NOT told: ${problem}`;
}

async function receiversOf(name: string, { notify }: FullConfig): Promise<readonly string[]> {
  const route = notify.routes.find((one: RouteConfig) => one.name === name);
  if (route !== undefined) return route.receivers;
  if (Object.hasOwn(notify.receivers, name)) return [name];
  const known = [...notify.routes.map((one) => one.name), ...Object.keys(notify.receivers)];
  const { nearestWord } = await import('../../config/check/did-you-mean.ts');
  const nearest = nearestWord(name, known);
  const hint = nearest === null ? `there are ${known.join(', ')}` : `did you mean ${nearest}?`;
  throw new CryptorunError('usage', `notify: no route and no receiver is named ${name}; ${hint}`);
}

function notOpened(name: string, { notify }: FullConfig, problems: readonly string[]): TestResult {
  const problem = problems.find((text) => text.startsWith(`receivers.${name}:`)) ?? 'it is not configured';
  const kind = notify.receivers[name]?.kind ?? 'console';
  return { receiver: name, kind, target: kind, isDelivered: false, problem, tookMs: 0 };
}

/** Nothing is set up where nothing was. */
function queuesOf(config: FullConfig): ReadonlyMap<string, ReceiverQueue> {
  const store = openAlertsToRead(config.paths.stateDir, BUSY_TIMEOUT_MS);
  try {
    return new Map(store.queues().map((queue) => [queue.receiver, queue]));
  } finally {
    store.close();
  }
}

function remarkOf(givenUp: number, problem: string | null): string {
  const parts = [givenUp === 0 ? '' : `${givenUp} given up`, problem ?? ''];
  return parts.filter((part) => part !== '').join(': ');
}

function placeOf(config: FullConfig, { env }: CliContext): Parameters<typeof openReceivers>[1] {
  return { env, home: config.paths.home };
}

function configOf(options: NotifyOptions, context: CliContext): FullConfig {
  const loaded = loadFullConfig(configRequest(options, context));
  if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
  return loaded.config;
}
