/** `ops health`: why the grade is what it is, as the running scanner last said. Grades nothing. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../core/base/json.ts';
import type { HealthComponent } from '../../../core/ops/health/components.ts';
import type { HealthReport } from '../../../core/ops/health/health-report.ts';
import { type StatusRow, statusRow } from '../../../core/ops/status.ts';
import { cell, left, right } from '../../../core/render/cells.ts';
import { gradeHeading, gradeRemark, healthTable, policyTable } from '../../../core/render/ops-tables.ts';
import { ageText, knownIsoText, shownValue } from '../../../core/render/value-text.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { HeartbeatReading } from '../../stores/control/heartbeat-file.ts';
import { STALE_AFTER_MS } from '../control/confirmation.ts';
import { printJson, printTable } from '../control/print.ts';
import { strictConfig } from '../control/strict-config.ts';
import type { HealthOptions } from '../ops-command.ts';
import type { Outside } from '../outside.ts';
import { configRequest } from '../place.ts';
import { scannerStatus } from './saved.ts';
import { scannerWords } from './scanner-fact.ts';

const SCHEMA = 'cryptorun.saved_health/v1';
const FILE = 'health.json';
/** Both are saved about once a second. */
const TOGETHER_MS = 5000;

interface SavedHealth {
  readonly schema: unknown;
  readonly savedAtMs: number;
  readonly report: HealthReport;
}

/** What a scanner writes beside its status, as `health.json`, for `ops health`. */
export function savedHealthText(report: HealthReport, savedAtMs: number): string {
  return `${JSON.stringify({ schema: SCHEMA, savedAtMs, report })}\n`;
}

/** What was found. `report` null: the scanner saved only rows. */
interface Found {
  readonly rows: readonly StatusRow[];
  readonly report: HealthReport | null;
  readonly savedAtMs: number;
}

/** @throws CryptorunError `status_unknown` when no scanner lives that could tell, `status_unreadable` */
export async function showHealth(options: HealthOptions, context: CliContext, outside: Outside): Promise<void> {
  const config = await strictConfig(configRequest(options, context));
  const { readHeartbeat } = await import('../../stores/control/heartbeat-file.ts');
  const nowMs = outside.nowMs();
  const heartbeat = readHeartbeat(config.paths.stateDir, { nowMs, staleAfterMs: STALE_AFTER_MS });
  const found = await find(config.paths.stateDir);
  if (heartbeat.kind !== 'alive' || found === null) throw unknown(heartbeat, found, nowMs);
  if (options.format === 'json') printJson(healthJson(found), context);
  else await printHealth(found, nowMs, context);
}

async function find(stateDir: string): Promise<Found | null> {
  const status = await scannerStatus(stateDir);
  const rows = status?.rows.filter((row) => row.category === 'health') ?? [];
  if (status === null || rows.length === 0) return null;
  const report = readReport(join(stateDir, FILE), status.savedAtMs);
  return { rows, report, savedAtMs: status.savedAtMs };
}

/** Null where it is not of the status that was read: what an earlier scanner left explains nothing. */
function readReport(path: string, statusMs: number): HealthReport | null {
  try {
    const saved = JSON.parse(readFileSync(path, 'utf8')) as SavedHealth;
    const isOfStatus = Math.abs(saved.savedAtMs - statusMs) <= TOGETHER_MS;
    if (saved.schema === SCHEMA) return isOfStatus ? saved.report : null;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new CryptorunError('status_unreadable', `cannot use ${path}: ${(cause as Error).message}`, { cause });
  }
  throw new CryptorunError('status_unreadable', `cannot use ${path}: wanted ${SCHEMA}`);
}

/** What a dead scanner last knew is told, but never as how things are. */
function unknown(heartbeat: HeartbeatReading, found: Found | null, nowMs: number): CryptorunError {
  const grade = found?.rows.find((row) => row.name === 'grade' && row.part === null)?.value ?? null;
  const was = found === null || grade === null ? '' : `; it was ${grade}, ${ageText(nowMs - found.savedAtMs)}`;
  const scanner = scannerWords(heartbeat, nowMs);
  const why = heartbeat.kind === 'alive' ? 'the scanner has saved no grade yet' : scanner;
  return new CryptorunError('status_unknown', `the health grade is not known: ${why}${was}`);
}

function healthJson({ rows, report, savedAtMs }: Found): JsonObject {
  const find = (part: string | null) => rows.find((row) => row.name === 'grade' && row.part === part);
  const own =
    report === null
      ? { grade: find(null)?.value ?? null, score: find('score')?.value ?? null, message: find(null)?.message ?? '' }
      : { ...(report as unknown as JsonObject), sinceMs: undefined, since: knownIsoText(report.sinceMs) };
  return JSON.parse(
    JSON.stringify({ schema: 'cryptorun.health/v1', savedAt: knownIsoText(savedAtMs), ...own }),
  ) as JsonObject;
}

async function printHealth({ rows, report, savedAtMs }: Found, nowMs: number, context: CliContext): Promise<void> {
  context.stdout.write(`HEALTH GRADE${gradeHeading(rows)}, ${ageText(nowMs - savedAtMs)}\n${gradeRemark(rows)}\n`);
  if (report === null) {
    const { columns, rows: cells } = healthTable(rows);
    await printTable(columns, cells, 'no components', context);
  } else {
    await printInputs(report.components, context);
    for (const { name, grade, evidence } of report.caps)
      context.stdout.write(`${name} caps at ${grade}: ${evidence}\n`);
    if (report.caps.length === 0) context.stdout.write('no cap holds\n');
  }
  const policy = policyTable(rows);
  await printTable(policy.columns, policy.rows, 'no policy', context);
}

/** A line for each component, and below it one for each of its inputs. */
async function printInputs(components: readonly HealthComponent[], context: CliContext): Promise<void> {
  const columns = [
    left('Component', 19),
    left('Input', 12),
    right('Reading', 8),
    right('Points', 6),
    right('Weight', 6),
  ];
  const points = (score: number | null) => (score === null ? 'n/a' : score.toFixed(1));
  const rows = components.flatMap(({ name, score, weight, inputs, state }) => [
    [
      cell(name),
      cell(state === 'measured' ? '' : state.replace('_', ' '), 'muted'),
      cell(''),
      cell(points(score)),
      cell(weight.toFixed(2)),
    ],
    ...(state === 'not_applicable' ? [] : inputs).map((input) => [
      cell(''),
      cell(input.name),
      cell(readingText(input), input.state === 'measured' ? 'plain' : 'muted'),
      cell(points(input.score)),
      cell(input.weight.toFixed(2)),
    ]),
  ]);
  await printTable(columns, rows, 'no components', context);
}

function readingText({ value, unit, state }: HealthComponent['inputs'][number]): string {
  if (state === 'not_applicable') return 'n/a';
  return shownValue(statusRow({ category: 'health', name: '', value, unit }), 'no data');
}
