/** The CSV files of a scan, written while it runs. What the disk refuses is told once; the scan goes on without files. */

import type { Effect } from '../../../core/scan/effect.ts';
import { ReplayOutput } from '../replay-output.ts';

type DigestLine = Parameters<ReplayOutput['digestLine']>[0];

export class Results {
  readonly #output: ReplayOutput;
  readonly #onProblem: (text: string) => void;
  /** Null: all is well. */
  #problem: string | null = null;

  /**
   * @param folder - of this session; made now
   * @throws CryptorunError when it cannot be made
   */
  constructor(folder: string, onProblem: (text: string) => void) {
    this.#output = new ReplayOutput(folder, folder, null);
    this.#onProblem = onProblem;
  }

  get folder(): string {
    return this.#output.folder;
  }

  get isWhole(): boolean {
    return this.#problem === null;
  }

  take(effect: Effect): void {
    this.#attempt(() => this.#output.take(effect));
  }

  flush(): void {
    this.#attempt(() => this.#output.flush());
  }

  /** The last lines and the run's digest; the files get their names. */
  finish(lines: readonly DigestLine[], digest: string): void {
    this.#attempt(() => {
      for (const line of lines) this.#output.digestLine(line);
      this.#output.finish(digest, '');
    });
  }

  #attempt(write: () => void): void {
    if (this.#problem !== null) return;
    try {
      write();
    } catch (error) {
      this.#problem = (error as Error).message;
      this.#onProblem(`${this.#problem}; the scan goes on without files of bars and gaps`);
    }
  }
}
