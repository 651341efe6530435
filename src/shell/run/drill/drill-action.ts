/** Lists and runs drills for the command line, and exits by what came of them. Judges nothing itself. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compareText } from '../../../core/ops/status.ts';
import type { Block } from '../../../core/render/block.ts';
import { printJson } from '../../cli/control/print.ts';
import type { DrillRequest } from '../../cli/drill-command.ts';
import { configRequest } from '../../cli/place.ts';
import { columnsOf, drawBlocks, wantsColor } from '../../cli/terminal.ts';
import type { EffectiveConfig } from '../../config/effective-config.ts';
import type { FullConfig } from '../../config/full-config.ts';
import { loadFullConfig } from '../../config/load-full-config.ts';
import { problemText } from '../../config/problem.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { Drill } from '../../sim/drill/drill.ts';
import { drillNames, readDrill } from '../../sim/drill/read-drills.ts';
import { listBlocks, resultBlocks, summaryBlocks } from './drill-view.ts';
import { type DrillResult, runDrill } from './run-drill.ts';

const NOT_AS_EXPECTED = 1;

/** @throws CryptorunError `bad_config` */
export async function listDrills(request: DrillRequest, context: CliContext): Promise<void> {
  const { drills, folder } = drillsOf(request, context);
  if (!request.isJson) draw(listBlocks(drills, folder), context);
  else {
    const listed = drills.map(({ name, about, durationMs, faults }) => {
      return { name, about, durationMs, faults: faultKinds(faults) };
    });
    printJson({ schema: 'cryptorun.drill_list/v1', drills: listed }, context);
  }
}

/** Exit 1 when something was not as expected. @throws CryptorunError `usage` or `bad_config` */
export async function runDrills(request: DrillRequest, context: CliContext): Promise<void> {
  const { drills, config } = drillsOf(request, context);
  const results: DrillResult[] = [];
  for (const drill of drills) {
    const startMs = performance.now();
    const result = runDrill(withSeed(drill, request.seed), config);
    results.push(result);
    if (!request.isJson) draw(resultBlocks(result, performance.now() - startMs), context);
  }
  if (request.isJson) printJson({ schema: 'cryptorun.drill/v1', results: results.map(resultJson) }, context);
  else if (results.length > 1) draw(summaryBlocks(results), context);
  if (results.some(({ isMet }) => !isMet)) context.setExitCode(NOT_AS_EXPECTED);
}

function drillsOf({ place, names }: DrillRequest, context: CliContext) {
  const config = configOf(place, context);
  const folder = folderOf(config, context);
  const drills = (names ?? drillNames(folder)).map((name) => readDrill(folder, name));
  return { config, folder, drills };
}

function configOf(place: DrillRequest['place'], context: CliContext): FullConfig {
  const loaded = loadFullConfig(configRequest(place, context));
  if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
  return loaded.config;
}

/** The operators' own, if they have any; else those that came with the program. */
function folderOf({ paths }: EffectiveConfig, { packageRoot }: CliContext): string {
  const own = join(paths.configDir, 'drills');
  return existsSync(own) ? own : join(packageRoot, 'config', 'drills');
}

function withSeed(drill: Drill, seed: number | null): Drill {
  return seed === null ? drill : { ...drill, world: { ...drill.world, seed } };
}

function faultKinds(faults: Drill['faults']): string[] {
  return [...new Set(faults.map(({ kind }) => kind))].sort(compareText);
}

function resultJson({ drill, isMet, checks, recoveredMs, counts, injected, frames, digest }: DrillResult) {
  return {
    name: drill.name,
    seed: drill.world.seed,
    isMet,
    checks: checks.map((check) => ({ ...check })),
    recoveredMs,
    counts: { ...counts },
    injected: { ...injected },
    durationMs: drill.durationMs,
    frames,
    digest,
  };
}

function draw(blocks: readonly Block[], { env, stdout }: CliContext): void {
  stdout.write(drawBlocks([...blocks], { columns: columnsOf(env, stdout), color: wantsColor('auto', env, stdout) }));
}
