/** Asks the scan that runs on a state folder one question. Understands neither question nor answer. */

import { connect } from 'node:net';
import { CryptorunError, type ErrorCode } from '../../errors.ts';
import { type DeskAnswer, type DeskQuestion, deskPath, lineOf, type Refusal } from './desk-protocol.ts';

/** A scan that steps answers within a slice of its work; one that does not within this is stuck. */
const PATIENCE_MS = 2000;

/**
 * @param silence - the error of a scan that is there and does not answer
 * @throws CryptorunError `status_unknown` when no scan runs there, and as the scan refused it
 */
export async function askDesk<A extends Exclude<DeskAnswer, Refusal>>(
  stateDir: string,
  question: DeskQuestion,
  silence: ErrorCode = 'status_unknown',
): Promise<A> {
  const answer = await ask(stateDir, question, silence);
  if (answer.kind === 'refused') throw new CryptorunError(answer.code, answer.reason);
  return answer as A;
}

function ask(stateDir: string, question: DeskQuestion, silence: ErrorCode): Promise<DeskAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (code: ErrorCode, why: string, cause?: unknown): void => {
      socket.destroy();
      reject(new CryptorunError(code, `no scan answers in ${stateDir}: ${why}`, { cause }));
    };
    const socket = connect(deskPath(stateDir), () => socket.write(lineOf(question)));
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(PATIENCE_MS, () => fail(silence, 'it does not get to it'));
    socket.on('data', (more: string) => {
      text += more;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isAbsent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      fail(isAbsent ? 'status_unknown' : silence, isAbsent ? 'none runs' : error.message, error);
    });
    socket.on('end', () => {
      try {
        resolve(JSON.parse(text) as DeskAnswer);
      } catch (cause) {
        fail(silence, 'its answer cannot be read', cause);
      }
    });
  });
}
