/**
 * Has clients measured, and prints medians of CPU time a message, less what the floor takes. The floor is so large a part of ours that
 * the two take turns; the peers, many times as large, come one after the other.
 */

import type { LoadProcess } from '../load/load-process.ts';
import { median } from '../median.ts';
import type { LoadClient } from './clients.ts';
import type { LiveOptions } from './options.ts';
import { type ClientRun, measureInTurns, type Turn } from './turns.ts';

/** Of the issue: so many times less, with the floor subtracted. */
const TARGETS: Readonly<Record<string, number>> = { 'tardis-dev': 8, 'ccxt pro': 20 };

/**
 * @param clients - the floor first, then ours
 * @param servers - two
 */
export async function compare(
  clients: readonly LoadClient[],
  servers: readonly LoadProcess[],
  options: LiveOptions,
): Promise<void> {
  const [floor, ours, ...peers] = clients.filter(({ missing }) => missing === null);
  const groups = [[floor!, ours!], ...peers.map((peer) => [peer])];
  const runs = new Map<LoadClient, ClientRun[]>(groups.flat().map((client) => [client, []]));
  for (let round = 0; round < options.rounds; round++) {
    for (let i = 0; i < groups.length; i++) {
      const group = groups[(i + round) % groups.length]!;
      const measured = await measureInTurns(group, servers, options, `round ${round + 1}`);
      for (const [index, client] of group.entries()) runs.get(client)!.push(measured[index]!);
    }
  }
  const figures = new Map([...runs].map(([client, own]) => [client, figuresOf(own)] as const));
  print(clients, figures, options);
}

interface Figures {
  readonly turns: readonly Turn[];
  readonly restMsPerSecond: number;
  readonly evidence: string;
}

function figuresOf(runs: readonly ClientRun[]): Figures {
  return {
    turns: runs.flatMap(({ turns }) => turns),
    restMsPerSecond: median(runs.map(({ restMsPerSecond }) => restMsPerSecond)),
    evidence: runs.at(-1)!.evidence,
  };
}

function print(
  clients: readonly LoadClient[],
  figures: ReadonlyMap<LoadClient, Figures>,
  { framesPerSecond, rounds, turns: turnsOfRound, turnMs }: LiveOptions,
): void {
  const [floor, ours] = [figures.get(clients[0]!)!, figures.get(clients[1]!)!];
  const cpuUsOf = ({ turns }: Figures): number => median(turns.map(({ cpuUsPerMessage }) => cpuUsPerMessage));
  const netUsOf = (of: Figures): number => cpuUsOf(of) - cpuUsOf(floor);
  const ourNetUs = netUsOf(ours);
  console.log(
    `CPU microseconds a message at ${framesPerSecond} messages/s; medians of ${rounds} processes x ${turnsOfRound} turns x ${turnMs / 1000} s`,
  );
  console.log(line('client', 'us/msg', 'min..max', 'less floor', 'x ours', 'messages/s', 'rest ms/s', 'at the end'));
  for (const client of clients) {
    const run = figures.get(client);
    if (run === undefined) {
      console.log(line(client.name, ...Array<string>(6).fill('-'), client.missing ?? 'no run'));
      continue;
    }
    const cpuUs = run.turns.map(({ cpuUsPerMessage }) => cpuUsPerMessage);
    const spread = `${Math.min(...cpuUs).toFixed(1)}..${Math.max(...cpuUs).toFixed(1)}`;
    const net = run === floor ? ['-', '-'] : [netUsOf(run).toFixed(2), (netUsOf(run) / ourNetUs).toFixed(1)];
    const rate = median(run.turns.map(({ messagesPerSecond }) => messagesPerSecond)).toFixed(0);
    const late = run.turns.filter(({ isHeldBack }) => isHeldBack).length;
    const evidence = run.evidence + (late > 0 ? `; DID NOT KEEP UP in ${late} of ${cpuUs.length} turns` : '');
    const rest = run.restMsPerSecond.toFixed(1);
    console.log(line(client.name, cpuUsOf(run).toFixed(2), spread, ...net, rate, rest, evidence));
  }
  for (const [client, run] of figures) {
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
