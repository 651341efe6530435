/** An alert in words, in table cells and as JSON, the same on the screen, in lines and in commands. Judges nothing. */

import { numberText } from '../base/decimal.ts';
import type { JsonObject } from '../base/json.ts';
import type { AlertChange } from '../signal/detect/alert-effect.ts';
import type { AlertPriority, AlertRecord } from '../signal/detect/alert-record.ts';
import { alertSubject, CONDITION_SIGNS } from '../signal/detect/alert-subject.ts';
import { cell, left, right } from './cells.ts';
import type { Cell, Column, Tone } from './table.ts';
import { durationText, knownIsoText } from './value-text.ts';

/** Enough of an alert's id to tell it from all others that anybody looks at; commands take it for the whole. */
export const SHOWN_ID = 8;

const TONES: Readonly<Record<AlertPriority, Tone>> = { P1: 'bad', P2: 'warn', P3: 'plain' };

/** `P2 spread_warning fired: binance BTC-USDT, spread_bps 12.4 > 10, z 2.7`. */
export function alertLine(alert: AlertRecord, change: AlertChange): string {
  return `${alert.priority} ${alert.type} ${changeText(alert, change)}: ${[alertSubject(alert), judgedText(alert), zText(alert)].filter((part) => part !== '').join(', ')}`;
}

export function alertTone(alert: AlertRecord, change: AlertChange): Tone {
  if (change === 'resolved' || change === 'dropped') return 'good';
  return change === 'pending' || change === 'updated' ? 'muted' : TONES[alert.priority];
}

/** As operators speak of it: `FIRING`, `ACKED`, `SILENCED`, `PENDING`, `resolved auto`. */
export function alertStateText({ state, acknowledgement, silencedBy, resolution }: AlertRecord): string {
  if (state === 'resolved') return `resolved ${resolution?.kind ?? ''}`.trim();
  if (state === 'pending') return 'PENDING';
  if (acknowledgement !== null) return 'ACKED';
  return silencedBy === null ? 'FIRING' : 'SILENCED';
}

export const ALERT_COLUMNS: readonly Column[] = [
  left('State', 8),
  left('Alert', 25),
  left('Value', 14),
  right('For', 6),
  left('Id', SHOWN_ID),
];

export function alertCells(alert: AlertRecord, nowMs: number): Cell[] {
  const isOver = alert.state === 'resolved';
  const tone = isOver ? 'muted' : TONES[alert.priority];
  const sinceMs = alert.firedAtMs ?? alert.pendingAtMs;
  return [
    cell(`${alert.priority} ${alertStateText(alert)}`, alert.state === 'pending' ? 'muted' : tone),
    cell(`${alert.type} ${alertSubject(alert)}`),
    cell(`${figure(alert.lastValue)} ${limitOf(alert)}`),
    cell(durationText(Math.max(0, (alert.resolution?.atMs ?? nowMs) - sinceMs))),
    cell(alert.id.slice(0, SHOWN_ID), 'muted'),
  ];
}

/** Every field, with times as RFC 3339, in camel case. */
export function alertJson(alert: AlertRecord): JsonObject {
  const { pendingAtMs, firedAtMs, escalatedAtMs, lastAtMs, peakAtMs, acknowledgement, resolution, ...rest } = alert;
  return {
    ...rest,
    pendingAt: knownIsoText(pendingAtMs),
    firedAt: knownIsoText(firedAtMs),
    escalatedAt: knownIsoText(escalatedAtMs),
    lastAt: knownIsoText(lastAtMs),
    peakAt: knownIsoText(peakAtMs),
    acknowledgement:
      acknowledgement === null
        ? null
        : { at: knownIsoText(acknowledgement.atMs), actor: acknowledgement.actor, reason: acknowledgement.reason },
    resolution:
      resolution === null
        ? null
        : { kind: resolution.kind, at: knownIsoText(resolution.atMs), value: resolution.value },
  };
}

function changeText({ resolution, escalationReason, ladderStep }: AlertRecord, change: AlertChange): string {
  if (change === 'resolved') return `resolved (${resolution?.kind.replaceAll('_', ' ') ?? 'unknown'})`;
  if (change === 'escalated') return `escalated (${escalationReason?.replaceAll('_', ' ') ?? 'unknown'})`;
  return change === 'ladder' ? `unacknowledged, step ${ladderStep + 1}` : change;
}

/** What is over is told by how bad it was: its newest value breaks no limit. */
function judgedText({ metric, lastValue, peakValue, state, ...alert }: AlertRecord): string {
  if (state !== 'resolved') return `${metric} ${figure(lastValue)} ${limitOf(alert)}`;
  return `${metric} ${figure(lastValue)}, was ${figure(peakValue)} ${limitOf(alert)}`;
}

function zText({ zscore }: AlertRecord): string {
  return zscore === null ? '' : `z ${zscore.toFixed(1)}`;
}

function limitOf({ condition, threshold }: Pick<AlertRecord, 'condition' | 'threshold'>): string {
  return `${CONDITION_SIGNS[condition]}${figure(threshold)}`;
}

/** Five figures tell what matters of a ratio as of a depth in quote units. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const digits = Math.abs(value) >= 10_000 ? Math.round(value) : Number(value.toPrecision(5));
  return numberText(digits) ?? 'unknown';
}
