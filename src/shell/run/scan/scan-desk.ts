/**
 * Where commands ask a running scan: one question and one answer a connection, over a socket in the state folder, which only
 * its owner may enter. Decides nothing; whoever asks too much or too long is cut off.
 */

import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { bookAnswer } from './book-answer.ts';
import {
  type DeskAnswer,
  type DeskQuestion,
  deskPath,
  lineOf,
  MAX_QUESTION_BYTES,
  questionOf,
} from './desk-protocol.ts';
import { type FeedOrders, orderFeed } from './feed-order.ts';

/** As many at once as people and scripts beside one scanner can be. */
const MAX_CONNECTIONS = 8;
const PATIENCE_MS = 1000;

export class ScanDesk {
  readonly #server: Server;
  readonly #run: FeedOrders;
  readonly #path: string;

  /** @param stateDir - the run holds its lock, so a socket that lies there is a dead scanner's */
  constructor(stateDir: string, run: FeedOrders, onProblem: (text: string) => void) {
    this.#run = run;
    this.#path = deskPath(stateDir);
    rmSync(this.#path, { force: true });
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('error', (error) =>
      onProblem(`\`book show\`, \`ops resync\` and \`ops reconnect\` have nobody to ask: ${error.message}`),
    );
    this.#server.listen(this.#path);
    this.#server.unref();
  }

  close(): void {
    this.#server.close();
    rmSync(this.#path, { force: true });
  }

  #serve(socket: Socket): void {
    let text = '';
    let isAnswered = false;
    socket.setEncoding('utf8');
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (more: string) => {
      if (isAnswered) return;
      text += more;
      if (text.length > MAX_QUESTION_BYTES) socket.destroy();
      else if (text.endsWith('\n')) {
        isAnswered = true;
        socket.end(lineOf(this.#answer(questionOf(text))));
      }
    });
  }

  #answer(question: DeskQuestion | null): DeskAnswer {
    if (question === null)
      return { kind: 'refused', code: 'usage', reason: 'a question that this scanner does not know' };
    return question.ask === 'book' ? bookAnswer(this.#run.scanner, question) : orderFeed(this.#run, question);
  }
}
