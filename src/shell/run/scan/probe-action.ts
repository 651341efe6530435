/** Runs `cryptorun venues probe` and shows what came. The canary for protocols that change: exit 8 when something is missing. */

import { cell, left, right } from '../../../core/render/cells.ts';
import { safeJson } from '../../../core/render/status-json.ts';
import type { Cell } from '../../../core/render/table.ts';
import { printTable } from '../../cli/control/print.ts';
import { strictConfig } from '../../cli/control/strict-config.ts';
import { configRequest } from '../../cli/place.ts';
import type { ProbeRequest } from '../../cli/venues-command.ts';
import type { CliContext } from '../../context.ts';
import { systemClock } from '../../feeds/clocks.ts';
import { WsTransport } from '../../feeds/ws/ws-transport.ts';
import { onInterrupt } from '../interrupt.ts';
import { type ProbedStream, type ProbedVenue, probe } from './probe.ts';
import { scanStart } from './scan-start.ts';

const WORTH_A_LOOK = 8;

export async function runProbe(request: ProbeRequest, context: CliContext): Promise<void> {
  const config = await strictConfig(configRequest(request.place, context));
  const choice = { venues: request.venues, symbols: request.symbols, top: request.symbols === null ? 1 : null };
  const start = scanStart(config, choice, { session: 'probe', codeVersion: 'probe' });
  const clock = systemClock();
  const transport = new WsTransport(clock, 'cryptorun');
  const interrupt = onInterrupt();
  try {
    const { timeoutMs } = request;
    const venues = await probe(start, { clock, transport }, { timeoutMs, signal: interrupt.signal });
    if (request.format === 'json') context.stdout.write(`${safeJson(probeJson(venues), 2)}\n`);
    else await print(venues, context);
    if (interrupt.signal.aborted) context.setExitCode(interrupt.exitCode);
    else if (!venues.every(isWell)) context.setExitCode(WORTH_A_LOOK);
  } finally {
    interrupt.release();
  }
}

function probeJson(venues: readonly ProbedVenue[]) {
  const shown = venues.map((venue) => ({
    ...venue,
    oddities: Object.fromEntries(venue.oddities),
    well: isWell(venue),
  }));
  return JSON.parse(JSON.stringify({ schema: 'cryptorun.probe/v1', venues: shown }));
}

async function print(venues: readonly ProbedVenue[], context: CliContext): Promise<void> {
  const columns = [left('Venue', 12), left('Stream', 24), left('State', 10), right('Ticks', 6)];
  const rows = venues.flatMap((venue) => venue.streams.map((stream) => rowOf(venue, stream)));
  await printTable(columns, rows, 'no venue was probed', context);
  for (const { venue, failure, unknownFields, oddities } of venues) {
    if (failure !== '') context.stdout.write(`${venue}: no connection: ${failure}\n`);
    if (unknownFields > 0) context.stdout.write(`${venue}: ${unknownFields} fields that we know nothing of\n`);
    for (const [reason, count] of oddities) context.stdout.write(`${venue}: ${count} frames not read: ${reason}\n`);
  }
}

function rowOf({ venue }: ProbedVenue, stream: ProbedStream): Cell[] {
  const isGood = isStreamWell(stream);
  return [cell(venue), cell(stream.topic), cell(stream.state, isGood ? 'good' : 'bad'), cell(String(stream.ticks))];
}

/** Unknown fields are no fault: venues add some every month. Frames that cannot be read are. */
function isWell({ failure, streams, oddities }: ProbedVenue): boolean {
  return (
    failure === '' && streams.every(isStreamWell) && !oddities.some(([reason]) => /^(malformed|error)/.test(reason))
  );
}

function isStreamWell({ state, ticks, isSparse }: ProbedStream): boolean {
  return state === 'live' && (isSparse || ticks > 0);
}
