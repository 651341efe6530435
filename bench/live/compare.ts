/** Has every client measured in turns, and prints medians of CPU time a message, with what the floor took in the same round subtracted. */

import type { LoadProcess } from '../load/load-process.ts';
import { median } from '../median.ts';
import type { LoadClient } from './clients.ts';
import type { LiveOptions } from './options.ts';
import { type ClientRun, measureInTurns } from './turns.ts';

/** Of the issue: so many times less, with the floor subtracted. */
const TARGETS: Readonly<Record<string, number>> = { 'tardis-dev': 8, 'ccxt pro': 20 };

/**
 * @param clients - the floor first, then ours
 * @param servers - as many
 */
export async function compare(
  clients: readonly LoadClient[],
  servers: readonly LoadProcess[],
  options: LiveOptions,
): Promise<void> {
  const present = clients.filter(({ missing }) => missing === null);
  const runs = await measureInTurns(present, servers, options);
  print(clients, new Map(present.map((client, i) => [client, runs[i]!])), options);
}

function print(
  clients: readonly LoadClient[],
  runs: ReadonlyMap<LoadClient, ClientRun>,
  { framesPerSecond, rounds, turnMs }: LiveOptions,
): void {
  const [floor, ours] = [runs.get(clients[0]!)!, runs.get(clients[1]!)!];
  const netUsOf = ({ turns }: ClientRun): number =>
    median(turns.map(({ cpuUsPerMessage }, round) => cpuUsPerMessage - floor.turns[round]!.cpuUsPerMessage));
  const ourNetUs = netUsOf(ours);
  console.log(
    `CPU microseconds a message at ${framesPerSecond} messages/s; medians of ${rounds} rounds, in each ${turnMs / 1000} s of every client`,
  );
  console.log(line('client', 'us/msg', 'min..max', 'less floor', 'x ours', 'messages/s', 'rest ms/s', 'at the end'));
  for (const client of clients) {
    const run = runs.get(client);
    if (run === undefined) {
      console.log(line(client.name, ...Array<string>(6).fill('-'), client.missing ?? 'no run'));
      continue;
    }
    const cpuUs = run.turns.map(({ cpuUsPerMessage }) => cpuUsPerMessage);
    const spread = `${Math.min(...cpuUs).toFixed(1)}..${Math.max(...cpuUs).toFixed(1)}`;
    const net = run === floor ? ['-', '-'] : [netUsOf(run).toFixed(2), (netUsOf(run) / ourNetUs).toFixed(1)];
    const rate = median(run.turns.map(({ messagesPerSecond }) => messagesPerSecond)).toFixed(0);
    const late = run.turns.filter(({ isHeldBack }) => isHeldBack).length;
    const evidence = run.evidence + (late > 0 ? `; DID NOT KEEP UP in ${late} of ${rounds}` : '');
    const rest = run.restMsPerSecond.toFixed(1);
    console.log(line(client.name, median(cpuUs).toFixed(2), spread, ...net, rate, rest, evidence));
  }
  for (const [client, run] of runs) {
    const target = TARGETS[client.name];
    if (target === undefined) continue;
    const ratio = netUsOf(run) / ourNetUs;
    const verdict = ratio >= target ? 'met' : 'MISSED';
    console.log(`${client.name}: ${ratio.toFixed(1)} times ours, target ${target}: ${verdict}`);
  }
}

function line(...cells: readonly string[]): string {
  const widths = [12, 9, 14, 11, 8, 11, 10];
  return cells
    .map((cell, index) =>
      index === 0 ? cell.padEnd(widths[0]!) : index < 7 ? cell.padStart(widths[index]!) : `  ${cell}`,
    )
    .join(' ');
}
