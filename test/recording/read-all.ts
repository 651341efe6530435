/** What the recording tests share: reading everything, and folders that go away. Asserts nothing. */

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type OpenOptions, openRecordings, type Recordings } from '../../src/shell/recording/open.ts';
import type { RecordedRecord } from '../../src/shell/recording/record.ts';

/** Calls `visit` for every record, then closes. */
export async function forEachRecord(recordings: Recordings, visit: (record: RecordedRecord) => void): Promise<void> {
  try {
    while (await recordings.ready()) {
      for (let record = recordings.next(); record !== null; record = recordings.next()) visit(record);
    }
  } finally {
    await recordings.close();
  }
}

export function textOf(record: RecordedRecord): string {
  return Buffer.from(record.bytes.subarray(record.from, record.to)).toString('utf8');
}

export function timeOf(record: RecordedRecord): string {
  return `${record.seconds}.${String(record.nanoseconds).padStart(9, '0')}`;
}

/** One line a record: time, kind, venue, transport, symbol, text (or why, for links). */
export async function readAll(
  paths: readonly string[],
  options: OpenOptions = {},
): Promise<{ recordings: Recordings; records: string[] }> {
  const recordings = await openRecordings(paths, options);
  const records: string[] = [];
  await forEachRecord(recordings, (record) => {
    const { venue, transport, symbol } = record.connection;
    const what = record.kind === 'frame' ? textOf(record) : record.reason;
    records.push([timeOf(record), record.kind, venue, transport, symbol ?? '-', what].join(' '));
  });
  return { recordings, records };
}

/** One hash over all records with everything that may enter the core, in order. */
export async function digestOf(paths: readonly string[], options: OpenOptions = {}): Promise<string> {
  const hash = createHash('sha256');
  await forEachRecord(await openRecordings(paths, options), (record) => {
    hash.update(`${timeOf(record)} ${record.kind} ${record.connection.key} ${record.reason} `);
    hash.update(record.bytes.subarray(record.from, record.to));
  });
  return hash.digest('hex');
}

export function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cryptorun-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files into a folder that the test's end removes; returns their paths in order. */
export function files(t: TestContext, contents: Record<string, string | Uint8Array>): string[] {
  const folder = tempFolder(t);
  return Object.entries(contents).map(([name, content]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  });
}

/** An hftbacktest line of a Binance spot trade. */
export function hftLine(ns: string, symbol = 'btcusdt', id = 1): string {
  const trade = `{"e":"trade","E":1723161255343,"s":"${symbol.toUpperCase()}","t":${id},"p":"1","q":"1","T":1,"m":true,"M":true}`;
  return `${ns} {"stream":"${symbol}@trade","data":${trade}}\n`;
}
