/** The published JSON of a status (`docs/schema/cryptorun.status.v1.schema.json`), and its rows one a line. Prints nothing. */

import type { Json, JsonObject } from '../base/json.ts';
import type { KillState } from '../ops/control/control.ts';
import type { StatusCategory, StatusRow, SwitchOverride } from '../ops/status.ts';
import { namesOf, partOf } from './cells.ts';
import { knownIsoText } from './value-text.ts';
import { verdictOf } from './verdict.ts';
import { type ProcessFact, type ScannerFact, type StatusView, shownDocument } from './view.ts';

/** Members are only added to it; whoever changes or removes one makes v2. */
export const STATUS_JSON_SCHEMA = 'cryptorun.status/v1';

/** In a constant, because the core may not name the global of this word. */
const PROCESS = 'process';

/**
 * The whole document. Times are RFC 3339 UTC; unknown is null.
 *
 * `state` depends on what was saved, the control store and whether the scanner lives, and on nothing else: a replay of the
 * same journal gives the same. What differs from run to run is in `scanner`, `process` and the times.
 */
export function statusDocumentJson(view: StatusView, nowMs: number): JsonObject {
  const { source, savedAtMs, dataTimeMs } = view.document;
  return {
    schema: STATUS_JSON_SCHEMA,
    source: { kind: source.kind, name: source.name },
    shownAt: knownIsoText(nowMs),
    savedAt: knownIsoText(savedAtMs),
    dataTime: knownIsoText(dataTimeMs),
    verdict: verdictOf(view),
    state: stateJson(view),
    scanner: scannerJson(view.scanner, nowMs),
    [PROCESS]: processJson(view.scannerProcess, nowMs),
  };
}

function scannerJson(scanner: ScannerFact, nowMs: number): JsonObject {
  const beatMs = scanner.kind === 'absent' ? null : scanner.lastHeartbeatMs;
  return {
    kind: scanner.kind,
    lastHeartbeat: knownIsoText(beatMs),
    heartbeatAgeSeconds: beatMs === null ? null : finite((nowMs - beatMs) / 1000),
  };
}

function processJson(own: ProcessFact | null, nowMs: number): JsonObject | null {
  if (own === null) return null;
  const { pid, startedAtMs, rssBytes } = own;
  return { pid, uptimeSeconds: startedAtMs === null ? null : finite((nowMs - startedAtMs) / 1000), rssBytes };
}

function stateJson(view: StatusView): JsonObject {
  const { rows } = shownDocument(view);
  const of = (category: StatusCategory) => rows.filter((row) => row.category === category);
  const { auditHead } = view;
  return {
    kpis: of('kpi').map(rowJson),
    guards: of('guard').map(rowJson),
    breakers: thingsJson(of('breaker')),
    health: healthJson(of('health')),
    alerts: thingsJson(of('alert')),
    killswitch: killJson(view.kill),
    triggers: thingsJson(of('trigger')),
    switches: thingsJson(of('switch')),
    providers: thingsJson(of('provider')),
    venues: thingsJson(of('venue')),
    audit: auditHead === null ? null : { seq: auditHead.seq, hash: auditHead.hash },
  };
}

/** What every row says, without its place. */
function factsJson({ value, unit, total, status, limit, message }: StatusRow): JsonObject {
  return {
    value: typeof value === 'number' ? numberJson(value, unit) : value,
    unit,
    total,
    status,
    limit: limit === null ? null : { kind: limit.kind, warn: limit.warn, critical: limit.critical },
    message,
  };
}

function numberJson(value: number, unit: StatusRow['unit']): string | number | null {
  return unit === 'instant' ? knownIsoText(value) : finite(value);
}

/** JSON has no NaN and no infinity: they are not known. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function rowJson(row: StatusRow): JsonObject {
  return { name: row.name, ...factsJson(row) };
}

/** One object a name: its own row's facts (null where only its parts are known), what operators changed, its parts. */
function thingsJson(rows: readonly StatusRow[]): JsonObject[] {
  return namesOf(rows).map((name) => {
    const own = partOf(rows, name, null);
    const parts = rows.filter((row) => row.name === name && row.part !== null);
    return {
      name,
      ...(own === undefined
        ? { value: null, unit: null, total: null, status: null, limit: null, message: '' }
        : factsJson(own)),
      override: overrideJson(own?.override ?? null),
      parts: Object.fromEntries(
        parts.map((row) => [row.part!, { ...factsJson(row), override: overrideJson(row.override) }]),
      ),
    };
  });
}

function overrideJson(override: SwitchOverride | null): Json {
  if (override === null) return null;
  const { configuredOn, changedAtMs, untilMs, operator, reason } = override;
  return {
    configured: configuredOn ? 'ON' : 'OFF',
    changedAt: knownIsoText(changedAtMs),
    until: knownIsoText(untilMs),
    operator,
    reason,
  };
}

/** Null without a grade row: nothing grades here. */
function healthJson(rows: readonly StatusRow[]): JsonObject | null {
  const grade = partOf(rows, 'grade', null);
  if (grade === undefined) return null;
  const score = partOf(rows, 'grade', 'score')?.value;
  const components = rows.filter((row) => row.name !== 'grade' && row.name !== 'policy');
  const policy = rows.filter((row) => row.name === 'policy' && row.part !== null);
  return {
    grade: typeof grade.value === 'string' ? grade.value : null,
    score: typeof score === 'number' ? finite(score) : null,
    status: grade.status,
    message: grade.message,
    components: thingsJson(components),
    policy: Object.fromEntries(policy.map((row) => [row.part!, row.value])),
  };
}

/** With the guide's names. */
function killJson(kill: KillState): JsonObject {
  const isActive = kill.kind === 'engaged';
  return {
    active: isActive,
    activated_at: isActive ? knownIsoText(kill.engagedAtMs) : null,
    level: isActive ? kill.level : null,
    reason: isActive ? kill.reason : null,
    operator: isActive ? kill.operator : null,
    source: isActive ? kill.source : null,
    trigger: isActive ? kill.trigger : null,
    released_at: isActive ? null : knownIsoText(kill.releasedAtMs),
  };
}

/** A row for NDJSON: flat, with the instant and the source, so that each line stands alone. */
export function rowLineJson(row: StatusRow, view: StatusView, nowMs: number): JsonObject {
  const at = knownIsoText(nowMs);
  const { category, name, part } = row;
  const source = view.document.source.kind;
  return { at, source, category, name, part, ...factsJson(row), override: overrideJson(row.override) };
}

/** What a terminal or a log could obey or be fooled by: JSON itself leaves DEL, C1 and bidi controls as they are. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** @param indent - spaces; 0 for one line */
export function safeJson(value: JsonObject, indent: number): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, indent).replace(UNSAFE, escaped);
}
