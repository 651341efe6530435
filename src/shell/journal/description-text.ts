/** Prints a journal's description as aligned lines of text. Reads nothing. */

import type { ConnectionDescription, JournalDescription, SessionDescription } from './describe-journal.ts';
import { problemText } from './problem.ts';

const LABEL_WIDTH = 'connections'.length + 2;

/** One paragraph a session, then the problems of the set of files; ends with LF. */
export function descriptionText(description: JournalDescription): string {
  const paragraphs = description.sessions.map((session) => sessionLines(session).join('\n'));
  const problems = description.problems.map((problem) => row('problem', problemText(problem)));
  if (problems.length > 0) paragraphs.push(problems.join('\n'));
  return `${paragraphs.join('\n\n')}\n`;
}

function sessionLines(session: SessionDescription): string[] {
  const { count, first, last } = session.segments;
  const kinds = Object.entries(session.recordsByKind).map(([kind, records]) => `${kind} ${records}`);
  const ratio = (session.rawBytes / session.storedBytes).toFixed(2);
  return [
    row('session', session.session),
    row('segments', count === 1 ? `1 (number ${first})` : `${count} (numbers ${first} to ${last})`),
    row('state', session.complete ? 'complete' : 'not complete'),
    row('first', timeText(session.firstTimeMs)),
    row('last', timeText(session.lastTimeMs)),
    row('records', `${session.records}: ${kinds.join(', ')}`),
    ...session.connections.map((connection, i) => row(i === 0 ? 'connections' : '', connectionText(connection))),
    row('bytes', `${session.rawBytes} raw, ${session.storedBytes} stored (${ratio} to 1)`),
    ...session.problems.map((problem) => row('problem', problemText(problem))),
  ];
}

function connectionText({ connection, venue, transport, frames }: ConnectionDescription): string {
  const who = venue === null ? 'never introduced by a link' : `${venue} ${transport}`;
  return `${connection}: ${who}, ${frames} ${frames === 1 ? 'frame' : 'frames'}`;
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function row(label: string, value: string): string {
  return label.padEnd(LABEL_WIDTH) + value;
}
