/** Appends lines to a file that never grows over its limit: full ones become `name.1`, `name.2` …, the oldest goes. Formats nothing. */

import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface RotatingFileOptions {
  /** Made (0700) where it is missing, with the folder that it is in. */
  readonly folder: string;
  readonly name: string;
  /** Of one file. A longer line stands in a file of its own. */
  readonly maxBytes: number;
  /** How many old files stay. */
  readonly keep: number;
  /** Told once, what keeps lines from being written; later lines are tried again. */
  readonly onProblem: (text: string) => void;
}

export class RotatingFile {
  readonly #options: RotatingFileOptions;
  readonly #path: string;
  #file: number | null = null;
  #isProblemTold = false;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
    this.#path = join(options.folder, options.name);
  }

  /** Appends it whole, or not at all. Never throws. @param line - with its line feed */
  write(line: string): void {
    try {
      const bytes = Buffer.from(line);
      writeSync(this.#fileFor(bytes.length), bytes);
    } catch (error) {
      if (!this.#isProblemTold) this.#options.onProblem(`cannot write the log: ${(error as Error).message}`);
      this.#isProblemTold = true;
      this.close();
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  /** The file as it is now: another process may write it, and may have rotated it. */
  #fileFor(bytes: number): number {
    const file = this.#file ?? this.#open();
    const { size, ino } = fstatSync(file);
    if (size === 0 || size + bytes <= this.#options.maxBytes) return file;
    this.close();
    if (statSync(this.#path, { throwIfNoEntry: false })?.ino === ino) this.#rotate();
    return this.#fileFor(bytes);
  }

  #open(): number {
    for (const folder of [dirname(this.#options.folder), this.#options.folder]) makeFolder(folder);
    this.#file = openSync(this.#path, 'a', 0o600);
    return this.#file;
  }

  #rotate(): void {
    const { keep } = this.#options;
    const old = (age: number): string => (age === 0 ? this.#path : `${this.#path}.${age}`);
    rmSync(old(keep), { force: true });
    for (let age = keep - 1; age >= 0; age--) renameIfThere(old(age), old(age + 1));
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
  }
}
