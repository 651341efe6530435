/** Runs `cryptorun doctor` and shows what was found. Exit 1: something is broken, 8: worth a look. */

import { printable } from '../../../core/render/printable.ts';
import type { Tone } from '../../../core/render/table.ts';
import { printJson } from '../../cli/control/print.ts';
import type { DoctorOptions } from '../../cli/doctor-command.ts';
import type { Outside } from '../../cli/outside.ts';
import { configRequest } from '../../cli/place.ts';
import { configOrDefaults } from '../../config/config-or-defaults.ts';
import type { CliContext } from '../../context.ts';
import { systemClock } from '../../feeds/clocks.ts';
import { WsTransport } from '../../feeds/ws/ws-transport.ts';
import { examineMachine, type Finding } from './doctor.ts';

const TONES: Readonly<Record<Finding['state'], Tone>> = { ok: 'good', look: 'warn', broken: 'bad' };

const SIGNS: Readonly<Record<Finding['state'], string>> = { ok: '✅', look: '🟡', broken: '🔴' };

export async function runDoctor(options: DoctorOptions, context: CliContext, outside: Outside): Promise<void> {
  const loaded = configOrDefaults(configRequest(options, context));
  const transport = new WsTransport(systemClock(), 'cryptorun');
  const world = { nodeVersion: process.version, outside, transport, nowMs: () => outside.nowMs() };
  const findings = await examineMachine(loaded, world).finally(() => transport.close());
  if (options.format === 'json')
    printJson({ schema: 'cryptorun.doctor/v1', findings: findings.map((finding) => ({ ...finding })) }, context);
  else await print(findings, context);
  if (findings.some(({ state }) => state === 'broken')) context.setExitCode(1);
  else if (findings.some(({ state }) => state === 'look')) context.setExitCode(8);
}

/** A line each, what to do below it, once for all that lack the same: a table would cut advice into a narrow column. */
async function print(findings: readonly Finding[], { env, stdout }: CliContext): Promise<void> {
  const { columnsOf, drawBlocks, wantsColor } = await import('../../cli/terminal.ts');
  const blocks = findings.flatMap(({ name, state, found, advice }, at) => [
    { kind: 'line', text: printable(`${SIGNS[state]} ${name}: ${found}`), tone: TONES[state] } as const,
    ...(advice === '' || findings[at + 1]?.advice === advice
      ? []
      : [{ kind: 'line', text: printable(`-> ${advice}`) } as const]),
  ]);
  stdout.write(drawBlocks(blocks, { columns: columnsOf(env, stdout), color: wantsColor('auto', env, stdout) }));
}
