/**
 * A running scan as a screen of exactly so many lines and columns, for a terminal that redraws it in place. Cuts what does not
 * fit and says that it did; draws nothing and reads no clock.
 */

import { DAY_MS, isoText } from '../base/time.ts';
import type { StatusRow } from '../ops/status.ts';
import { toneOf } from './cells.ts';
import { printable } from './printable.ts';
import type { Tone } from './table.ts';
import { clockText, durationText, shownValue } from './value-text.ts';
import { clustersOf, displayWidth } from './width.ts';

/** One venue. Null: not known. */
export interface ScreenVenue {
  readonly name: string;
  /** The feed's own word: `live`, `connecting` ... */
  readonly state: string;
  /** Why it is so; empty when there is nothing to add. */
  readonly reason: string;
  readonly books: number;
  readonly liveBooks: number;
  readonly skewMs: number | null;
  readonly lagMs: number | null;
  readonly messagesPerSecond: number;
  readonly silentMs: number | null;
}

export interface ScreenInstrument {
  readonly id: string;
  readonly venue: string;
  readonly bookState: string;
  /** As printed; null: its book has none. */
  readonly mid: string | null;
  readonly spreadBps: number | null;
  readonly depthUsd: number | null;
  readonly lastBar: { readonly closeMs: number; readonly close: string | null; readonly tradeCount: number } | null;
}

/** Something that happened, newest last. */
export interface ScreenEvent {
  readonly atMs: number;
  readonly text: string;
  readonly tone: Tone;
}

export interface ScanScreen {
  /** `live`, or `demo, 20x`. */
  readonly source: string;
  readonly session: string;
  readonly mode: string;
  readonly upMs: number;
  /** The run's time. */
  readonly nowMs: number;
  /** Null: released. */
  readonly kill: { readonly level: string; readonly reason: string; readonly engagedAtMs: number } | null;
  readonly venues: readonly ScreenVenue[];
  readonly instruments: readonly ScreenInstrument[];
  readonly events: readonly ScreenEvent[];
  /** Of which those of the KPI line are taken. */
  readonly rows: readonly StatusRow[];
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** A piece of a line in one tone. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}
export type ScreenLine = readonly Span[];

/** @returns at most `rows` lines, each at most `columns` wide, the KPI line last */
export function scanScreen(screen: ScanScreen, { columns, rows }: ScreenSize): ScreenLine[] {
  const head = [titleLine(screen), ...bannerLines(screen, columns)];
  const tail = [kpiLine(screen)];
  const room = Math.max(0, rows - head.length - tail.length);
  const body = bodyLines(screen, room);
  return [...head, ...body, ...tail].slice(0, rows).map((line) => cutTo(line, columns));
}

const EMPTY: ScreenLine = [];

function titleLine({ source, session, upMs, mode, nowMs }: ScanScreen): ScreenLine {
  const isLive = source === 'live';
  const time = secondText(nowMs);
  const rest = `  ${session}  up ${durationText(upMs)}  ${time} UTC`;
  const modeSpan: Span = { text: mode === 'normal' ? '' : `  mode ${mode}`, tone: 'warn' };
  return [plain('cryptorun scan  '), { text: source, tone: isLive ? 'good' : 'warn' }, modeSpan, plain(rest)];
}

/** One line across the screen: the tables below are what it is about. */
function bannerLines({ kill, nowMs }: ScanScreen, columns: number): ScreenLine[] {
  if (kill === null) return [];
  const text = ` KILL SWITCH ENGAGED: ${kill.level.toUpperCase()} since ${clockText(kill.engagedAtMs, nowMs)}: ${printable(kill.reason)} `;
  const bar = '█'.repeat(Math.max(2, columns - displayWidth(text) - 2));
  return [[{ text: `██${text}${bar}`, tone: 'bad' }]];
}

/** Venues whole where they fit, a third of the rest for what happened, instruments in between. */
function bodyLines(screen: ScanScreen, room: number): ScreenLine[] {
  const venues = limited(screen.venues.map(venueLine), Math.max(2, Math.floor(room / 2) - 3));
  const left = room - venues.length - 5;
  const events = screen.events.slice(-Math.max(1, Math.floor(left / 3)));
  const instruments = limited(
    screen.instruments.map((one) => instrumentLine(one, screen.nowMs)),
    Math.max(1, left - events.length),
  );
  const lines = [EMPTY, VENUE_HEADER, ...venues, EMPTY, INSTRUMENT_HEADER, ...instruments, EMPTY];
  const shown = [...lines, ...events.map((event) => eventLine(event, screen.nowMs))].slice(0, room);
  return [...shown, ...Array.from({ length: room - shown.length }, () => EMPTY)];
}

/** So many lines; the last one says how many there are more. */
function limited(lines: readonly ScreenLine[], most: number): ScreenLine[] {
  if (lines.length <= most) return [...lines];
  const hidden = lines.length - most + 1;
  return [...lines.slice(0, most - 1), [{ text: `  and ${hidden} more`, tone: 'muted' }]];
}

/** Positive: aligned left; negative: right. Each has one space at least to the next, and together they fit 80. */
const VENUE_WIDTHS = [18, 11, -7, -9, -9, -9, -10] as const;
const INSTRUMENT_WIDTHS = [16, 14, -13, -10, -8, -19] as const;
const VENUE_HEADER = muted(columnsText(['VENUE', 'FEED', 'BOOKS', 'SKEW', 'LAG', 'MSG/S', 'SILENT'], VENUE_WIDTHS));
const INSTRUMENT_HEADER = muted(
  columnsText(['INSTRUMENT', 'VENUE', 'MID', 'SPREAD', 'DEPTH', 'LAST BAR'], INSTRUMENT_WIDTHS),
);

function venueLine(venue: ScreenVenue): ScreenLine {
  const { name, state, books, liveBooks, skewMs, lagMs, messagesPerSecond, silentMs, reason } = venue;
  const [nameWidth, stateWidth, ...widths] = VENUE_WIDTHS;
  const booksText = `${liveBooks}/${books}`;
  const figures = [
    booksText,
    msText(skewMs),
    msText(lagMs),
    messagesPerSecond.toFixed(1),
    silentMs === null ? '-' : durationText(silentMs),
  ];
  // What keeps it from being live matters more than the figures that it lacks.
  const isTold = state !== 'live' && reason !== '';
  return [
    plain(padded(printable(name), nameWidth)),
    { text: padded(state, stateWidth), tone: stateTone(state) },
    plain(columnsText(isTold ? [booksText] : figures, widths)),
    { text: isTold ? `  ${printable(reason)}` : '', tone: 'warn' },
  ];
}

function instrumentLine(one: ScreenInstrument, nowMs: number): ScreenLine {
  const { id, venue, bookState, mid, spreadBps, depthUsd, lastBar } = one;
  const [idWidth, venueWidth, ...widths] = INSTRUMENT_WIDTHS;
  const isLive = bookState === 'live' && mid !== null;
  // About: a polled price is as old as its answer.
  const priceText = bookState === 'polled' && mid !== null ? `~${mid}` : bookState;
  const figures = [
    isLive ? mid : priceText,
    isLive && spreadBps !== null ? `${spreadBps.toFixed(2)} bp` : '-',
    depthUsd === null ? '-' : moneyText(depthUsd),
    lastBar === null ? '-' : `${clockText(lastBar.closeMs, nowMs)} ${lastBar.close ?? 'no price'}`,
  ];
  return [
    plain(padded(printable(id), idWidth)),
    plain(padded(printable(venue), venueWidth)),
    { text: columnsText(figures, widths), tone: isLive ? 'plain' : 'warn' },
  ];
}

function eventLine({ atMs, text, tone }: ScreenEvent, nowMs: number): ScreenLine {
  const isOfToday = Math.abs(nowMs - atMs) < DAY_MS;
  const time = isOfToday ? secondText(atMs) : clockText(atMs, nowMs);
  return [
    { text: `${time}  `, tone: 'muted' },
    { text: printable(text), tone },
  ];
}

/** What fits a line and matters first. */
const KPIS: readonly (readonly [name: string, label: string])[] = [
  ['grade', 'grade'],
  ['healthy_venue_count', 'healthy venues'],
  ['lag_p95_ms', 'lag p95'],
  ['gaps_per_hour', 'gaps/h'],
  ['requests_per_minute', 'req/min'],
  ['error_rate_percent', 'errors'],
  ['open_breaker_count', 'open breakers'],
];

function kpiLine({ rows }: ScanScreen): ScreenLine {
  return KPIS.flatMap(([name, label], at): Span[] => {
    const row = rows.find((one) => one.name === name && one.part === null);
    const value = row === undefined ? '-' : shownValue(row, '-');
    const gap = at === 0 ? '' : '  ';
    return [
      { text: `${gap}${label} `, tone: 'muted' },
      { text: value, tone: row === undefined ? 'muted' : toneOf(row.status) },
    ];
  });
}

function stateTone(state: string): Tone {
  if (state === 'live') return 'good';
  if (state === 'off') return 'muted';
  return state === 'syncing' ? 'plain' : 'warn';
}

function msText(ms: number | null): string {
  return ms === null ? '-' : `${Math.round(ms)} ms`;
}

/** `$1.2M`, `$830k`. */
function moneyText(usd: number): string {
  if (usd >= 1e6) return `$${(usd / 1e6).toFixed(1)}M`;
  return usd >= 1e3 ? `$${Math.round(usd / 1e3)}k` : `$${Math.round(usd)}`;
}

/** `12:34:56`, UTC. */
function secondText(ms: number): string {
  return isoText(ms).slice(11, 19);
}

function columnsText(texts: readonly string[], widths: readonly number[]): string {
  return texts.map((text, at) => padded(text, widths[at]!)).join('');
}

/** With one space at least to the next column; a longer text is cut. */
function padded(text: string, width: number): string {
  const room = Math.abs(width);
  const own = fitted(text, room - 1);
  const space = ' '.repeat(room - displayWidth(own));
  return width > 0 ? own + space : space + own;
}

function fitted(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let cut = '';
  for (const cluster of clustersOf(text)) {
    if (displayWidth(cut + cluster) > columns - 1) break;
    cut += cluster;
  }
  return `${cut}…`;
}

function cutTo(line: ScreenLine, columns: number): ScreenLine {
  const spans: Span[] = [];
  let left = columns;
  for (const { text, tone } of line) {
    const width = displayWidth(text);
    if (text !== '' && left > 0) spans.push({ text: width <= left ? text : fitted(text, left), tone });
    left -= width;
  }
  return spans;
}

function plain(text: string): Span {
  return { text, tone: 'plain' };
}

function muted(text: string): ScreenLine {
  return [{ text, tone: 'muted' }];
}
