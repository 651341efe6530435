/** What of a scan's effects is told to people and scripts, each as one line. Writes nowhere. */

import { numberText } from '../../../../core/base/decimal.ts';
import { isoText } from '../../../../core/base/time.ts';
import { alertJson, alertLine, alertTone } from '../../../../core/render/alert-text.ts';
import type { Tone } from '../../../../core/render/table.ts';
import type { Effect } from '../../../../core/scan/effect.ts';
import type { AlertChange } from '../../../../core/signal/detect/alert-effect.ts';

/** An effect for people. `facts`: the same for scripts, in the words of the effect. */
export interface ScanEvent {
  readonly text: string;
  readonly tone: Tone;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Effects that ask the shell for something, and those that are counted in the status, are no events. */
const UNTOLD: ReadonlySet<Effect['kind']> = new Set([
  'open_connection',
  'close_connection',
  'send_text',
  'rest_request',
  'request_depth_snapshot',
  'resubscribe',
  'engage_kill_switch',
  'digest',
  'refused',
  'sample',
]);

/** What becomes of an alert before it fires, and what is only stored of it. */
const UNTOLD_CHANGES: ReadonlySet<AlertChange> = new Set(['pending', 'dropped', 'updated']);

/** @returns null: not to be told */
export function eventOf(effect: Effect): ScanEvent | null {
  if (UNTOLD.has(effect.kind) || (effect.kind === 'alert' && UNTOLD_CHANGES.has(effect.change))) return null;
  const [text, tone] = wordsOf(effect);
  return { text, tone, facts: factsOf(effect) };
}

/** One line of NDJSON. @param atMs - the run's time */
export function ndjsonLine({ facts }: ScanEvent, atMs: number): string {
  return `${JSON.stringify({ at: isoText(atMs), ...facts })}\n`;
}

function wordsOf(effect: Effect): readonly [string, Tone] {
  switch (effect.kind) {
    case 'bar': {
      const { bar, venue, symbol, minutes } = effect;
      const price = bar.close === null ? 'no price' : `close ${numberText(bar.close)}`;
      const doubt = bar.complete ? '' : ', incomplete';
      const again = bar.revision === 0 ? '' : `, revision ${bar.revision}`;
      const label = `${minutes}m bar ${isoText(bar.closeMs).slice(11, 16)}`;
      return [`${venue} ${symbol} ${label}: ${price}, ${bar.tradeCount} trades${doubt}${again}`, 'plain'];
    }
    case 'gap_opened':
      return [`${effect.venue} ${effect.symbol} book lost: ${effect.gap.kind}, ${effect.gap.reason}`, 'warn'];
    case 'gap_closed':
      return [`${effect.venue} ${effect.symbol} book live again after ${effect.gap.kind}`, 'good'];
    case 'feed_changed':
      return [
        `${effect.venue} feed ${effect.from} -> ${effect.to}${because(effect.reason)}`,
        effect.to === 'live' ? 'good' : effect.to === 'off' || effect.to === 'syncing' ? 'plain' : 'warn',
      ];
    case 'stream_changed':
      return [
        `${effect.venue} stream ${effect.stream} is ${effect.to}${because(effect.reason)}`,
        effect.to === 'live' ? 'good' : 'warn',
      ];
    case 'feed_ordered': {
      const { order, venue, symbol, actor, refusal } = effect;
      const what = `${order} ${venue}${symbol === null ? '' : ` ${symbol}`}, ordered by ${actor}`;
      return refusal === null ? [what, 'plain'] : [`${what}: refused, ${refusal}`, 'warn'];
    }
    case 'kill_level_changed':
      return effect.to === null
        ? [`kill switch released (was ${effect.from})`, 'good']
        : [`kill switch engaged at ${effect.to}${because(effect.reason)}`, 'bad'];
    case 'mode_changed':
      return [`mode ${effect.from} -> ${effect.to}`, 'warn'];
    case 'switch_changed':
      return [`switch ${effect.name} is ${effect.isOn ? 'ON' : 'OFF'}`, effect.isOn ? 'good' : 'warn'];
    case 'breaker_changed':
      return [
        `breaker ${effect.name} ${effect.from} -> ${effect.to}${because(effect.reason)}`,
        effect.to === 'closed' ? 'good' : 'warn',
      ];
    case 'alert':
      return [alertLine(effect.alert, effect.change), alertTone(effect.alert, effect.change)];
    case 'alert_order_refused':
      return [`${effect.order.replaceAll('_', ' ')} refused: ${effect.reason}`, 'warn'];
    case 'health_grade_changed':
      return [`health grade ${effect.from ?? 'none'} -> ${effect.to}${because(effect.reason)}`, 'warn'];
    default:
      return [effect.kind, 'plain'];
  }
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}

/** Times as text, the kind as `event`; what an effect holds of a bar or a gap stands beside them. */
function factsOf(effect: Effect): Record<string, unknown> {
  if (effect.kind === 'alert') return { event: 'alert', change: effect.change, ...alertJson(effect.alert) };
  const { kind, ...rest } = effect as Effect & Record<string, unknown>;
  const { bar, gap, atMs: _, ...own } = rest as Record<string, unknown>;
  const flat = { ...own, ...(bar as object | undefined), ...prefixed(gap as Record<string, unknown> | undefined) };
  return { event: kind, ...Object.fromEntries(Object.entries(flat).map(([name, value]) => timed(name, value))) };
}

/** A gap's kind and reason must not pass for the effect's. */
function prefixed(gap: Record<string, unknown> | undefined): Record<string, unknown> {
  if (gap === undefined) return {};
  const { kind, ...rest } = gap;
  return { gap: kind, ...rest };
}

/** `closeMs: 1…` becomes `closeTime: 2026-…`; durations stay. */
function timed(name: string, value: unknown): [string, unknown] {
  const isInstant = name.endsWith('Ms') && typeof value === 'number' && value > 1e11;
  return isInstant ? [name.replace(/Ms$/, 'Time'), isoText(value)] : [name, value];
}
