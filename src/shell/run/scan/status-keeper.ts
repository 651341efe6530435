/**
 * Keeps `status.json` and `health.json` of a running scan in the state folder, about once a second. Whole files that replace
 * each other, written beside the loop: a slow disk must not hold up sockets. What goes wrong is told once.
 */

import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StatusDocument, sortedRows } from '../../../core/ops/status.ts';
import { savedHealthText } from '../../cli/status/health.ts';
import { PRIVATE_FILE_MODE } from '../../stores/atomic-file.ts';
import { writeSavedStatus } from '../../stores/saved-status.ts';
import { SAVED_STATUS_SCHEMA } from '../../stores/status-schema.ts';
import { keepingRows } from './keeping-rows.ts';
import type { ScanRun } from './scan-run.ts';

export interface StatusPlace {
  readonly stateDir: string;
  readonly source: StatusDocument['source'];
  readonly onProblem: (text: string) => void;
}

export class StatusKeeper {
  readonly #place: StatusPlace;
  /** The one that is being written; the next waits for the next second. */
  #writing: Promise<void> | null = null;
  #isProblemTold = false;

  constructor(place: StatusPlace) {
    this.#place = place;
  }

  /** As of now; times are the wall clock's, and the newest data's age is what counts, so it is told by it too. */
  document(run: ScanRun): StatusDocument {
    const nowMs = run.nowMs();
    const savedAtMs = Date.now();
    const ageMs = run.ops.dataAgeMs(nowMs);
    const rows = sortedRows([...run.ops.rows(nowMs), ...(run.scanner.feeds?.rows(nowMs) ?? []), ...keepingRows(run)]);
    return { source: this.#place.source, savedAtMs, dataTimeMs: ageMs === null ? null : savedAtMs - ageMs, rows };
  }

  save(run: ScanRun): void {
    if (this.#writing !== null) return;
    const { source, savedAtMs, dataTimeMs, rows } = this.document(run);
    const status = `${JSON.stringify({ schema: SAVED_STATUS_SCHEMA, source, savedAtMs, dataTimeMs, rows }, null, 2)}\n`;
    const health = savedHealthText(run.ops.health(run.nowMs()), savedAtMs);
    this.#writing = Promise.all([this.#put('status.json', status), this.#put('health.json', health)])
      .catch((error: Error) => this.#tell(error))
      .then(() => {
        this.#writing = null;
      });
  }

  /** The last one, before the scan goes. @returns what was saved */
  async finish(run: ScanRun): Promise<StatusDocument> {
    await this.#writing;
    const document = this.document(run);
    try {
      writeSavedStatus(join(this.#place.stateDir, 'status.json'), document);
    } catch (error) {
      this.#tell(error as Error);
    }
    return document;
  }

  /** A name of its own, so that a leftover of a scan that was killed is written over. */
  async #put(name: string, text: string): Promise<void> {
    const path = join(this.#place.stateDir, name);
    const beside = join(this.#place.stateDir, `.${name}.scan.tmp`);
    await writeFile(beside, text, { mode: PRIVATE_FILE_MODE });
    await rename(beside, path);
  }

  #tell(error: Error): void {
    if (!this.#isProblemTold) this.#place.onProblem(`the status cannot be saved: ${error.message}`);
    this.#isProblemTold = true;
  }
}
