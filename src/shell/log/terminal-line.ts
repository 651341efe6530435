/** A JSON line of the log as people read it on a terminal: `15:30:45.120 WARN  HEALTH_GRADE_CHANGE from=B to=D`. Judges nothing. */

import { printable } from '../../core/render/printable.ts';

/** Nothing that needs quotes to be read as one word. */
const PLAIN = /^[^\s"=]+$/;

/** @param line - as pino wrote it; instants are UTC */
export function terminalLine(line: string): string {
  const { level, time, pid: _pid, event, ...facts } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 23);
  const words = Object.entries(facts).map(([name, value]) => `${name}=${shown(value)}`);
  return `${[clock, String(level).toUpperCase().padEnd(5), printable(String(event)), ...words].join(' ')}\n`;
}

function shown(value: unknown): string {
  const text = printable(String(value));
  return PLAIN.test(text) ? text : JSON.stringify(text);
}
