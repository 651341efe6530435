/** Control requests, made by hand and at random. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AuditEntry } from '../../../../src/core/ops/audit/audit-record.ts';
import {
  type CheckResult,
  type ControlCommand,
  type ControlDefaults,
  type ControlDocument,
  type ControlOutcome,
  type ControlRequest,
  KILL_SOURCES,
  ROLES,
  type Role,
  RUN_MODES,
} from '../../../../src/core/ops/control/control.ts';
import { decide, emptyDocument } from '../../../../src/core/ops/control/decide.ts';
import { KILL_LEVELS } from '../../../../src/core/ops/ops-config.ts';

export const T0 = 1_723_161_300_000; // 2024-08-08T23:55:00Z
export const MINUTE = 60_000;
export const DAY = 86_400_000;
export const ANN = { user: 'ann', host: 'box', via: 'cli' };

export const DEFAULTS: ControlDefaults = {
  switches: new Map([
    ['alerts', true],
    ['detector.spike', true],
    ['emergency.live_data', true],
    ['emergency.scanners', true],
    ['emergency.writes', false],
    ['provider.kraken.enabled', true],
    ['provider.kraken.rest', true],
    ['provider.kraken.websocket', true],
    ['publish', false],
    ['venue.kraken', false],
    ['venue.kraken_usd', true],
  ]),
  breakers: ['kraken.rest', 'kraken.websocket'],
};

type Parts<K extends ControlCommand['kind']> = Partial<Extract<ControlCommand, { kind: K }>>;

export function setSwitch(name: string, isOn: boolean, parts: Parts<'set_switch'> = {}): ControlCommand {
  return { kind: 'set_switch', name, isOn, forMs: null, expect: null, ifRevision: null, ...parts };
}

export function engage(parts: Parts<'engage'> = {}): ControlCommand {
  const engagement = { level: 'kill', source: 'command', trigger: null, operator: 'ann', engagedAtMs: T0 } as const;
  return { kind: 'engage', ...engagement, recordedLate: false, ...parts };
}

export const PASSED: CheckResult = { name: 'disk', isPassed: true, evidence: '20 GB free, at least 1 GB' };

export function release(checks: readonly CheckResult[] = [PASSED]): ControlCommand {
  return { kind: 'release', checks };
}

/** Not a real hash, but one that looks like it. */
export function hashOf(id: string): string {
  return Buffer.from(id).toString('hex').padEnd(64, '0');
}

export function createToken(id: string, role: Role, parts: Parts<'create_token'> = {}): ControlCommand {
  return { kind: 'create_token', id, role, hash: hashOf(id), ttlMs: DAY, ...parts };
}

export function request(command: ControlCommand, parts: Partial<ControlRequest> = {}): ControlRequest {
  return { command, actor: ANN, reason: 'test', atMs: T0, tokenHash: null, ...parts };
}

/** Decides and takes the outcome, which must be a change. */
export function after(document: ControlDocument, command: ControlCommand, parts: Partial<ControlRequest> = {}) {
  const outcome = decide(document, request(command, parts), DEFAULTS);
  assert.ok(outcome.kind === 'changed', `${command.kind}: ${outcomeText(outcome)}`);
  return outcome.document;
}

/** An admin, an operator and a viewer; each one's token hash is `hashOf` its role. */
export function withTokens(): ControlDocument {
  const admin = { tokenHash: hashOf('admin') };
  const first = after(emptyDocument(), createToken('admin', 'admin'));
  const second = after(first, createToken('operator', 'operator'), admin);
  return after(second, createToken('viewer', 'viewer'), admin);
}

/** `changed`, `unchanged`, or `usage: ...`. */
export function outcomeText(outcome: ControlOutcome): string {
  return outcome.kind === 'refused' ? `${outcome.code}: ${outcome.message}` : outcome.kind;
}

/** Applies requests in order, refused or not. */
export function run(requests: readonly ControlRequest[]): { document: ControlDocument; entries: AuditEntry[] } {
  let document = emptyDocument();
  const entries: AuditEntry[] = [];
  for (const each of requests) {
    const outcome = decide(document, each, DEFAULTS);
    document = outcome.document;
    if (outcome.kind !== 'unchanged') entries.push(...outcome.entries);
  }
  return { document, entries };
}

const IDS = ['a', 'b', 'c'];

/** Few, so that commands meet each other. */
const names = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('alerts', 'publish', 'emergency.scanners', 'emergency.writes') },
  { weight: 1, arbitrary: fc.constantFrom('venue_kraken_usd', 'disable_live_data', 'nope') },
);

const anyCommand: fc.Arbitrary<ControlCommand> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('set_switch' as const),
      name: names,
      isOn: fc.boolean(),
      forMs: fc.option(fc.integer({ min: 1, max: 20 * MINUTE }), { freq: 2 }),
      expect: fc.constantFrom(null, null, null, null, true, false),
      ifRevision: fc.constantFrom(null, null, null, null, 0, 1),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'expire' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('forget_settings' as const),
      names: fc.array(names, { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('engage' as const),
      level: fc.constantFrom(...KILL_LEVELS),
      source: fc.constantFrom(...KILL_SOURCES),
      trigger: fc.option(fc.constantFrom('memory', 'disk_free')),
      operator: fc.constantFrom('ann', 'bob', ''),
      engagedAtMs: fc.oneof(fc.integer({ min: T0, max: T0 + 90 * MINUTE }), fc.constantFrom(Number.NaN, 1e300, 0.5)),
      recordedLate: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('release' as const),
      checks: fc.array(fc.constantFrom(PASSED, PASSED, { ...PASSED, isPassed: false }), { maxLength: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('isolate_breaker' as const, 'release_breaker' as const),
      name: fc.constantFrom(...DEFAULTS.breakers, 'nope'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('set_mode' as const), mode: fc.constantFrom(...RUN_MODES) }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...IDS), fc.constantFrom(...ROLES), fc.constantFrom(MINUTE, DAY, 400 * DAY))
      .map(([id, role, ttlMs]) => createToken(id, role, { ttlMs })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('revoke_token' as const), id: fc.constantFrom('a', 'b', 'b', 'c', 'c') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      action: fc.constantFrom('reload_config', 'health_grade_change', 'set_switch'),
      target: fc.constantFrom('config', 'alerts'),
      from: fc.constantFrom(null, 'A', 1, true),
      to: fc.constantFrom(null, 'F', 2, false),
    }),
  },
);

/** Begins with an admin token `a`, so that everything that may happen does; up to 5 minutes between two. */
export const anyRequests: fc.Arbitrary<ControlRequest[]> = fc
  .array(
    fc.record({
      command: anyCommand,
      reason: fc.constantFrom('noise', 'drill', 'test', 'storm', ''),
      waitMs: fc.integer({ min: 0, max: 5 * MINUTE }).map((ms) => ms + 0.25),
      token: fc.constantFrom(null, 'a', 'a', 'a', 'b', 'c', 'x'),
    }),
    { maxLength: 30, size: 'max' },
  )
  .map((steps) => {
    let atMs = T0;
    const rest = steps.map(({ command, reason, waitMs, token }) => {
      atMs += waitMs;
      return request(command, { reason, atMs, tokenHash: token === null ? null : hashOf(token) });
    });
    return [request(createToken('a', 'admin')), ...rest];
  });
