/**
 * Answers `cryptorun book show` while a scan runs: one question and one answer a connection, over a socket in the state
 * folder, which only its owner may enter. Changes nothing; whoever asks too much or too long is cut off.
 */

import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Scanner } from '../../../core/scan/scanner.ts';
import { bookAnswer } from './book-answer.ts';
import {
  askText,
  type BookAnswer,
  type DeskQuestion,
  deskPath,
  MAX_QUESTION_BYTES,
  questionOf,
} from './desk-protocol.ts';

/** As many at once as people and scripts beside one scanner can be. */
const MAX_CONNECTIONS = 8;
const PATIENCE_MS = 1000;

export class BookDesk {
  readonly #server: Server;
  readonly #scanner: () => Scanner;
  readonly #path: string;

  /** @param stateDir - the run holds its lock, so a socket that lies there is a dead scanner's */
  constructor(stateDir: string, scanner: () => Scanner, onProblem: (text: string) => void) {
    this.#scanner = scanner;
    this.#path = deskPath(stateDir);
    rmSync(this.#path, { force: true });
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('error', (error) => onProblem(`\`book show\` has nobody to ask: ${error.message}`));
    this.#server.listen(this.#path);
    this.#server.unref();
  }

  close(): void {
    this.#server.close();
    rmSync(this.#path, { force: true });
  }

  #serve(socket: Socket): void {
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (more: string) => {
      text += more;
      if (text.length > MAX_QUESTION_BYTES) socket.destroy();
      else if (text.endsWith('\n')) socket.end(askText(this.#answer(questionOf(text))));
    });
  }

  #answer(question: DeskQuestion | null): BookAnswer {
    if (question === null) return { kind: 'refused', reason: 'a question that this scanner does not know' };
    return bookAnswer(this.#scanner(), question);
  }
}
