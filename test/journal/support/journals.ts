/** Journals for tests: small Inputs, temporary folders, and reading everything back as values that can be compared. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FrameInput, Input, LinkInput, StartInput } from '../../../src/core/scan/input.ts';
import { type ReadOptions, readJournal } from '../../../src/shell/journal/journal-reader.ts';
import { JournalWriter, type JournalWriterOptions } from '../../../src/shell/journal/journal-writer.ts';
import { openJournal } from '../../../src/shell/journal/open-journal.ts';
import type { JournalProblem } from '../../../src/shell/journal/problem.ts';

/** 2024-08-08T23:54:15Z. */
export const T0 = 1723161255000;

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cryptorun-journal-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function startInput(receiveTimeMs = T0): StartInput {
  const config = {
    watermarkDelayMs: 1500,
    lateGraceMs: 4500,
    maxEventTimeDeviationMs: 10_000,
    discoverInstruments: true,
    onlySymbols: null,
  };
  return {
    kind: 'start',
    config,
    configHash: 'c0ffee',
    codeVersion: '0.1.0',
    instruments: [],
    restoredState: null,
    receiveTimeMs,
  };
}

export function linkInput(connection: number, receiveTimeMs: number): LinkInput {
  const reason = 'opened\nby test — ünïcode';
  return {
    kind: 'link',
    connection,
    venue: 'binance',
    transport: 'websocket',
    state: 'up',
    symbol: null,
    reason,
    receiveTimeMs,
  };
}

/** A frame whose bytes are the middle of a larger buffer, as they are in a recording. */
export function frameInput(payload: string | Uint8Array, receiveTimeMs: number, connection = 1): FrameInput {
  const message = Buffer.from(payload);
  const bytes = Buffer.concat([Buffer.from('xx'), message, Buffer.from('yyy')]);
  return { kind: 'frame', connection, bytes, from: 2, to: 2 + message.length, receiveTimeMs };
}

/** `count` Inputs, 10 ms apart: a link, then frames of all sorts and a pulse every tenth. */
export function someInputs(count: number, fromMs = T0): Input[] {
  return Array.from({ length: count }, (_, i): Input => {
    const receiveTimeMs = fromMs + i * 10;
    if (i === 0) return linkInput(1, receiveTimeMs);
    if (i % 10 === 0) return { kind: 'pulse', receiveTimeMs };
    if (i % 7 === 0) return frameInput(`{"i":${i},\n"two":"lines"}`, receiveTimeMs);
    return frameInput(`{"i":${i},"p":"61${i}.50"}`, receiveTimeMs);
  });
}

/** Writes and closes a session; `flushEvery` records make a block. */
export function writeJournal(
  folder: string,
  inputs: readonly Input[],
  options: Partial<JournalWriterOptions> & { flushEvery?: number } = {},
): JournalWriter {
  const { flushEvery = Number.POSITIVE_INFINITY, ...rest } = options;
  const writer = JournalWriter.create(folder, { session: 's', start: startInput(), checkpoint: () => ({}), ...rest });
  inputs.forEach((input, i) => {
    writer.append(input);
    if ((i + 1) % flushEvery === 0) writer.flush();
  });
  writer.close();
  return writer;
}

/** An Input as a value that survives the reader's reuse: a frame's bytes as hex. */
export function plainInput(input: Input): unknown {
  if (input.kind !== 'frame') return input;
  const { kind, connection, receiveTimeMs } = input;
  const hex = Buffer.from(input.bytes.subarray(input.from, input.to)).toString('hex');
  return { kind, connection, receiveTimeMs, hex };
}

export interface Everything {
  readonly values: unknown[];
  readonly sequences: number[];
  readonly problems: readonly JournalProblem[];
}

/** Reads a journal to its end. */
export function readEverything(path: string, options: ReadOptions = {}): Everything {
  const journal = openJournal(path);
  const reader = readJournal(journal, options);
  const values: unknown[] = [];
  const sequences: number[] = [];
  for (let input = reader.next(); input !== null; input = reader.next()) {
    values.push(plainInput(input));
    sequences.push(reader.sequence);
  }
  return { values, sequences, problems: [...journal.problems, ...reader.problems] };
}
