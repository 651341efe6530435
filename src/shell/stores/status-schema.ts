/** Checks saved status text before anybody trusts it, and tells all problems at once. Repairs nothing. */

import {
  STATUS_CATEGORIES,
  STATUS_GRADES,
  STATUS_UNITS,
  type StatusDocument,
  type StatusRow,
  type SwitchOverride,
} from '../../core/ops/status.ts';
import { CryptorunError } from '../errors.ts';

/** Of the saved file, which is not the published JSON of `--format json`. Members are only added; a change makes v3. */
export const SAVED_STATUS_SCHEMA = 'cryptorun.saved_status/v2';
/** As version 0.1 saved it: what was measured of venues stood under `health`, and no switch had an override. */
const FIRST_SCHEMA = 'cryptorun.status/v1';
const SCHEMA_NAME = /^cryptorun\.(?:saved_)?status\/v\d+$/;

/** Which replay was the last: `path` of its `status.json`, absolute or relative to the pointer's own folder. */
export interface LastReplay {
  readonly id: string;
  readonly path: string;
  readonly savedAtMs: number;
}

/**
 * Reads what this program or an older one saved.
 *
 * @throws CryptorunError `status_unreadable` with every problem found
 */
export function parseStatus(text: string, path: string): StatusDocument {
  const value = migrated(parsedObject(text, path));
  const schema = value['schema'];
  if (typeof schema === 'string' && schema !== SAVED_STATUS_SCHEMA && SCHEMA_NAME.test(schema)) {
    throw unreadable(path, [`it is ${schema}, this program reads ${SAVED_STATUS_SCHEMA}: use the newer program`]);
  }
  const rows: readonly unknown[] = Array.isArray(value['rows']) ? value['rows'] : [];
  const rowProblems = rows.flatMap((row, i) => membersProblems(row, `rows[${i}].`, ROW_MEMBERS));
  const problems = [...membersProblems(value, '', DOCUMENT_MEMBERS), ...rowProblems];
  if (problems.length > 0) throw unreadable(path, problems);
  const { source, savedAtMs, dataTimeMs } = value as unknown as StatusDocument;
  return { source, savedAtMs, dataTimeMs, rows: rows as readonly StatusRow[] };
}

/** The same in the present form; what is not of the first form stays as it is, to be judged. */
function migrated(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { schema, rows } = value;
  if (schema !== FIRST_SCHEMA || !Array.isArray(rows)) return value;
  return { ...value, schema: SAVED_STATUS_SCHEMA, rows: rows.map(migratedRow) };
}

function migratedRow(row: unknown): unknown {
  if (!isRecord(row)) return row;
  const moved = row['category'] === 'health' ? { category: 'venue', part: row['part'] ?? 'health' } : {};
  return { override: null, ...row, ...moved };
}

/** @throws CryptorunError `status_unreadable` with every problem found */
export function parseLastReplay(text: string, path: string): LastReplay {
  const value = parsedObject(text, path);
  const problems = membersProblems(value, '', POINTER_MEMBERS);
  if (problems.length > 0) throw unreadable(path, problems);
  return value as unknown as LastReplay;
}

/** What a member must be, in words for the message, and the test for it. */
interface Wanted {
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
}
type Members<T> = { readonly [name in keyof T]-?: Wanted };

const TEXT: Wanted = { words: 'a text', holds: (value) => typeof value === 'string' };
const NUMBER: Wanted = { words: 'a number', holds: (value) => typeof value === 'number' };
const RECORD: Wanted = { words: 'an object', holds: isRecord };

function oneOf(words: readonly string[]): Wanted {
  return { words: words.join(' | '), holds: (value) => words.includes(value as string) };
}

function either(a: Wanted, b: Wanted): Wanted {
  return { words: `${a.words} or ${b.words}`, holds: (value) => a.holds(value) || b.holds(value) };
}

function orNull(wanted: Wanted): Wanted {
  return either(wanted, { words: 'null', holds: (value) => value === null });
}

const OVERRIDE: Wanted = {
  words: 'an object with configuredOn, changedAtMs, untilMs, operator and reason',
  holds: (value) => isRecord(value) && membersProblems(value, '', OVERRIDE_MEMBERS).length === 0,
};

const SOURCE: Wanted = {
  words: 'an object with kind (live | replay | drill | demo) and name',
  holds: (value) =>
    isRecord(value) && oneOf(['live', 'replay', 'drill', 'demo']).holds(value['kind']) && TEXT.holds(value['name']),
};

const DOCUMENT_MEMBERS: Members<StatusDocument & { schema: string }> = {
  schema: oneOf([SAVED_STATUS_SCHEMA]),
  source: SOURCE,
  savedAtMs: NUMBER,
  dataTimeMs: orNull(NUMBER),
  rows: { words: 'a list', holds: Array.isArray },
};

const ROW_MEMBERS: Members<StatusRow> = {
  category: oneOf(STATUS_CATEGORIES),
  name: TEXT,
  part: orNull(TEXT),
  value: orNull(either(NUMBER, TEXT)),
  unit: orNull(oneOf(STATUS_UNITS)),
  total: orNull(NUMBER),
  status: orNull(oneOf(STATUS_GRADES)),
  limit: orNull(RECORD),
  message: TEXT,
  override: orNull(OVERRIDE),
};

const OVERRIDE_MEMBERS: Members<SwitchOverride> = {
  configuredOn: { words: 'true or false', holds: (value) => typeof value === 'boolean' },
  changedAtMs: NUMBER,
  untilMs: orNull(NUMBER),
  operator: TEXT,
  reason: TEXT,
};

const POINTER_MEMBERS: Members<LastReplay> = { id: TEXT, path: TEXT, savedAtMs: NUMBER };

/** One line a member that is not what it must be. Members that we do not know are left alone: v1 may grow. */
function membersProblems(value: unknown, prefix: string, members: Readonly<Record<string, Wanted>>): string[] {
  if (!isRecord(value)) return [`${prefix.slice(0, -1)}: wanted an object, found ${found(value)}`];
  return Object.entries(members)
    .filter(([name, wanted]) => !wanted.holds(value[name]))
    .map(([name, wanted]) => `${prefix}${name}: wanted ${wanted.words}, found ${found(value[name])}`);
}

function parsedObject(text: string, path: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(path, [text === '' ? 'it is empty' : 'it is not JSON, or was cut off']);
  }
  if (!isRecord(value)) throw unreadable(path, [`wanted an object, found ${found(value)}`]);
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How many problems one message tells. */
const TOLD = 10;

function unreadable(path: string, problems: readonly string[]): CryptorunError {
  const rest = problems.length > TOLD ? [`and ${problems.length - TOLD} more`] : [];
  return new CryptorunError(
    'status_unreadable',
    `cannot use ${path}: ${[...problems.slice(0, TOLD), ...rest].join('; ')}`,
  );
}

function found(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
