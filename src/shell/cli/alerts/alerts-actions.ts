/** `alerts list|show|ack|resolve|silence|silences|unsilence`: reads the alert store, and writes orders into it. Fires nothing. */

import { sha256Hex } from '../../../core/base/sha256.ts';
import { compareText } from '../../../core/ops/status.ts';
import {
  ALERT_COLUMNS,
  alertCells,
  alertJson,
  alertLine,
  alertStateText,
  SHOWN_ID,
} from '../../../core/render/alert-text.ts';
import { cell, left } from '../../../core/render/cells.ts';
import { durationText, instantText, knownIsoText } from '../../../core/render/value-text.ts';
import type { AlertCommand, Silence } from '../../../core/signal/detect/alert-effect.ts';
import { ALERT_PRIORITIES, type AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import { alertSubject } from '../../../core/signal/detect/alert-subject.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { AlertStore } from '../../stores/alerts/alert-store.ts';
import type { AlertOrderOptions, ListAlertsOptions, SilenceOptions } from '../alerts-command.ts';
import { STALE_AFTER_MS } from '../control/confirmation.ts';
import { printJson, printTable } from '../control/print.ts';
import { durationMs } from '../duration.ts';
import { actorOf, type Outside } from '../outside.ts';
import { configRequest } from '../place.ts';
import type { FormatOptions, PlaceOptions } from '../shared-options.ts';
import { matcherText, silenceMatchers } from './silence-matcher.ts';

type LookOptions = PlaceOptions & FormatOptions;

/** What one look lists at most: a screen is no archive (`history alerts` is). */
const LISTED = 500;
const BUSY_TIMEOUT_MS = 400;
const MAX_SILENCE_MS = 30 * 24 * 3_600_000;

export async function listAlerts(options: ListAlertsOptions, context: CliContext, outside: Outside): Promise<void> {
  const wanted = (alert: AlertRecord): boolean =>
    (options.priority === undefined || alert.priority === options.priority.toUpperCase()) &&
    (options.type === undefined || alert.type === options.type) &&
    (options.venue === undefined || alert.venue === options.venue);
  const all = await looking(options, context, (store) =>
    store.list({ activeOnly: options.all !== true, limit: LISTED }),
  );
  const alerts = all.filter(wanted);
  if (options.all !== true) alerts.sort(byUrgency);
  const nowMs = outside.nowMs();
  if (options.format === 'json') {
    printJson({ schema: 'cryptorun.alerts/v1', alerts: alerts.map(alertJson) }, context);
    return;
  }
  await printTable(
    ALERT_COLUMNS,
    alerts.map((alert) => alertCells(alert, nowMs)),
    options.all === true ? 'no alerts so far' : 'no alerts: nothing is pending or firing',
    context,
  );
  await noteScanner(options, context, nowMs);
}

export async function showAlert(
  id: string,
  options: LookOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const alert = await looking(options, context, (store) => alertOf(id, store));
  if (options.format === 'json') {
    printJson({ schema: 'cryptorun.alert/v1', alert: alertJson(alert) }, context);
    return;
  }
  const lines = linesOf(alert, outside.nowMs());
  const width = Math.max(...lines.map(([name]) => name.length));
  context.stdout.write(lines.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join(''));
}

export async function orderAlert(
  verb: 'ack' | 'resolve',
  id: string,
  options: AlertOrderOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const { user } = actorOf(context.env, outside);
  await ordering(options, context, outside, (store) => {
    const alert = alertOf(id, store);
    if (alert.state === 'resolved')
      throw new CryptorunError('precondition_failed', `${verb}: ${alert.key} is over already`);
    if (verb === 'ack') refuseAcknowledging(alert);
    const kind = verb === 'ack' ? 'alert_acknowledge' : 'alert_resolve';
    return {
      command: { kind, alert: alert.id, actor: user, reason: options.reason },
      text: `${verb === 'ack' ? 'acknowledged' : 'resolved'} ${alert.priority} ${alert.type} of ${alertSubject(alert)}`,
    };
  });
}

export async function addSilence(
  texts: readonly string[],
  options: SilenceOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const matchers = silenceMatchers(texts);
  const lengthMs = durationMs('--for', options.for);
  if (lengthMs === 0 || lengthMs > MAX_SILENCE_MS)
    throw new CryptorunError('usage', `--for: wanted more than nothing and at most 30d, found "${options.for}"`);
  const startsAtMs = outside.nowMs();
  const { user: actor } = actorOf(context.env, outside);
  const body = { matchers, startsAtMs, endsAtMs: startsAtMs + lengthMs, actor, reason: options.reason };
  const silence: Silence = { id: sha256Hex(JSON.stringify(body)).slice(0, 16), ...body };
  await ordering(options, context, outside, () => ({
    command: { kind: 'silence_add', silence },
    text: `silenced ${texts.join(' ')} until ${instantText(silence.endsAtMs)}, as ${silence.id.slice(0, SHOWN_ID)}`,
  }));
}

export async function endSilence(
  id: string,
  options: LookOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const { user: actor } = actorOf(context.env, outside);
  await ordering(options, context, outside, (store) => {
    const silence = oneOf(id, store.open().silences, 'silence', '`cryptorun alerts silences` lists them');
    return { command: { kind: 'silence_end', id: silence.id, actor }, text: `ended the silence ${silence.id}` };
  });
}

export async function listSilences(options: LookOptions, context: CliContext, outside: Outside): Promise<void> {
  const nowMs = outside.nowMs();
  const stored = await looking(options, context, (store) => store.open().silences);
  const silences = stored.filter(({ endsAtMs }) => endsAtMs > nowMs);
  if (options.format === 'json') {
    const shown = silences.map(({ matchers, startsAtMs, endsAtMs, ...rest }) => ({
      ...rest,
      matchers: matchers.map(matcherText),
      startsAt: knownIsoText(startsAtMs),
      endsAt: knownIsoText(endsAtMs),
    }));
    printJson({ schema: 'cryptorun.silences/v1', silences: shown }, context);
    return;
  }
  await printTable(
    [left('Id', SHOWN_ID), left('Of', 12), left('Ends in', 8), left('By', 4), left('Reason', 8)],
    silences.map(({ id, matchers, endsAtMs, actor, reason }) =>
      [id.slice(0, SHOWN_ID), matchers.map(matcherText).join(' '), durationText(endsAtMs - nowMs), actor, reason].map(
        (text) => cell(text),
      ),
    ),
    'no silences',
    context,
  );
}

/** What the scanner would refuse, so that nobody believes to have taken what wakes others later. */
function refuseAcknowledging({ key, state, acknowledgement }: AlertRecord): void {
  if (state === 'pending') throw new CryptorunError('precondition_failed', `ack: ${key} does not fire yet`);
  if (acknowledgement !== null)
    throw new CryptorunError('precondition_failed', `ack: ${acknowledgement.actor} has taken ${key} already`);
}

/** The worst priority first, then what fires before what is pending, then the oldest. */
function byUrgency(a: AlertRecord, b: AlertRecord): number {
  return (
    ALERT_PRIORITIES.indexOf(a.priority) - ALERT_PRIORITIES.indexOf(b.priority) ||
    compareText(a.state, b.state) ||
    a.pendingAtMs - b.pendingAtMs ||
    compareText(a.key, b.key)
  );
}

function linesOf(alert: AlertRecord, nowMs: number): [name: string, text: string][] {
  const { acknowledgement, resolution, escalationReason } = alert;
  const at = (ms: number | null): string =>
    ms === null ? '-' : `${instantText(ms)}, ${durationText(Math.max(0, nowMs - ms))} ago`;
  return [
    ['alert', alertLine(alert, 'fired')],
    ['id', alert.id],
    ['key', alert.key],
    ['state', alertStateText(alert)],
    ['pending since', at(alert.pendingAtMs)],
    ['fired', at(alert.firedAtMs)],
    ['began with', `${alert.value}${alert.zscore === null ? '' : `, z ${alert.zscore.toFixed(2)}`}`],
    ['worst', `${alert.peakValue} at ${instantText(alert.peakAtMs)}`],
    ['newest', `${alert.lastValue} at ${instantText(alert.lastAtMs)}`],
    ['escalated', alert.escalatedAtMs === null ? '-' : `${at(alert.escalatedAtMs)}: ${escalationReason}`],
    [
      'acknowledged',
      acknowledgement === null
        ? '-'
        : `${at(acknowledgement.atMs)} by ${acknowledgement.actor}: ${acknowledgement.reason}`,
    ],
    ['silenced by', alert.silencedBy ?? '-'],
    ['resolved', resolution === null ? '-' : `${at(resolution.atMs)}: ${resolution.kind}`],
  ];
}

/** @throws CryptorunError `usage` when none or several begin so */
function alertOf(id: string, store: AlertStore): AlertRecord {
  const active = store.list({ activeOnly: true, limit: LISTED });
  const over = store.list({ activeOnly: false, limit: LISTED }).filter(({ state }) => state === 'resolved');
  const all = [...active, ...over];
  const byKey = all.find((alert) => alert.key === id);
  return byKey ?? oneOf(id, all, 'alert', '`cryptorun alerts list` has their ids');
}

function oneOf<T extends { readonly id: string }>(id: string, all: readonly T[], what: string, advice: string): T {
  const found = all.filter((one) => one.id.startsWith(id));
  if (found.length === 1) return found[0]!;
  const many = found.length === 0 ? `no ${what} begins with` : `${found.length} ${what}s begin with`;
  throw new CryptorunError('usage', `${many} "${id}"; ${advice}`);
}

/** Reads what is stored; nothing is set up where nothing is. */
async function looking<T>(options: PlaceOptions, context: CliContext, look: (store: AlertStore) => T): Promise<T> {
  const { openAlertsToRead } = await import('../../stores/alerts/open-alerts.ts');
  const store = openAlertsToRead(await stateDirOf(options, context), BUSY_TIMEOUT_MS);
  try {
    return look(store);
  } finally {
    store.close();
  }
}

/** Writes one order, and says whether anybody obeys it now. */
async function ordering(
  options: LookOptions,
  context: CliContext,
  outside: Outside,
  decide: (store: AlertStore) => { readonly command: AlertCommand; readonly text: string },
): Promise<void> {
  const { openAlerts } = await import('../../stores/alerts/open-alerts.ts');
  const stateDir = await stateDirOf(options, context);
  const store = openAlerts(stateDir, BUSY_TIMEOUT_MS);
  try {
    const { command, text } = decide(store);
    const { seq } = store.order(command, outside.nowMs(), actorOf(context.env, outside));
    if (options.format === 'json') printJson({ schema: 'cryptorun.alert-order/v1', order: seq, text }, context);
    else context.stdout.write(`${text}\n`);
  } finally {
    store.close();
  }
  await noteScanner(options, context, outside.nowMs());
}

async function noteScanner(options: PlaceOptions, context: CliContext, nowMs: number): Promise<void> {
  const { readHeartbeat } = await import('../../stores/control/heartbeat-file.ts');
  const heartbeat = readHeartbeat(await stateDirOf(options, context), { nowMs, staleAfterMs: STALE_AFTER_MS });
  if (heartbeat.kind === 'alive') return;
  context.stderr.write('no scanner is running: this is what the last one left, and orders wait for the next\n');
}

async function stateDirOf(options: PlaceOptions, context: CliContext): Promise<string> {
  const { resolveHome } = await import('../../config/resolve-home.ts');
  return resolveHome(configRequest(options, context)).stateDir;
}
