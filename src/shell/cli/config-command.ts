/** `cryptorun config check`: says whether the configuration holds, and what it amounts to. Changes nothing. */

import type { Command } from 'commander';
import type { FullConfig } from '../config/full-config.ts';
import type { ConfigProblem } from '../config/problem.ts';
import type { CliContext } from '../context.ts';

interface CheckOptions {
  readonly printEffective?: boolean;
  readonly config?: string;
  readonly json?: boolean;
}

/** Adds `config check` to the program. Exit codes: 0 it holds, 2 it does not. */
export function registerConfigCommand(program: Command, context: CliContext): void {
  const config = program.command('config').description('look at the configuration');
  config
    .command('check')
    .description('check all configuration files, and tell all problems at once')
    .option('--print-effective', 'print every value that holds, with its unit, as YAML that loads again')
    .option('--config <path>', 'another config folder, or another ops.yaml')
    .option('--json', 'one JSON document on stdout')
    .action((options: CheckOptions) => checkConfig(options, context));
}

async function checkConfig(options: CheckOptions, context: CliContext): Promise<void> {
  // Imported here, so that other commands do not pay for it at their start.
  const { loadFullConfig } = await import('../config/load-full-config.ts');
  const flags = options.config === undefined ? {} : { config: options.config };
  const { env, cwd, packageRoot } = context;
  const loaded = loadFullConfig({ flags, env, cwd, packageRoot });
  if (!loaded.ok) return refuse(loaded.problems, options, context);
  if (options.json)
    context.stdout.write(`${JSON.stringify(report(loaded.config, options.printEffective ?? false), null, 2)}\n`);
  else if (options.printEffective) {
    const { effectiveYaml } = await import('../config/print-effective.ts');
    context.stdout.write(effectiveYaml(loaded.values, packageRoot));
  } else context.stdout.write(summary(loaded.config));
}

async function refuse(problems: readonly ConfigProblem[], options: CheckOptions, context: CliContext): Promise<void> {
  const { problemText } = await import('../config/problem.ts');
  context.setExitCode(2);
  if (options.json) {
    const document = { schema: 'cryptorun.config-check/v1', ok: false, problems };
    context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  context.stderr.write(`${problems.map(problemText).join('\n')}\nconfig: ${count}; nothing was loaded\n`);
}

function report(config: FullConfig, withValues: boolean): object {
  const { paths, configHash, ...settings } = config;
  const values = withValues ? { config: settings } : {};
  return { schema: 'cryptorun.config-check/v1', ok: true, configHash, paths, ...enabledNames(config), ...values };
}

function enabledNames({ ops }: FullConfig): { providersEnabled: string[]; venuesEnabled: string[] } {
  const { providers, venues } = ops.switches;
  const providersEnabled = Object.keys(providers).filter((name) => providers[name]!.enabled);
  return {
    providersEnabled: providersEnabled.sort(),
    venuesEnabled: Object.keys(venues)
      .filter((name) => venues[name])
      .sort(),
  };
}

function summary(config: FullConfig): string {
  const { paths, venues, instruments, alerts, configHash } = config;
  const { providersEnabled, venuesEnabled } = enabledNames(config);
  const listings = Object.values(instruments).reduce((sum, { venues: listed }) => sum + Object.keys(listed).length, 0);
  const counts = `${Object.keys(venues).length} venues, ${Object.keys(instruments).length} instruments in ${listings} listings, ${alerts.rules.length} alert types`;
  return [
    `ok: ${counts}, sha256:${configHash}`,
    ...Object.values(paths.files).map((file) => `  file       ${file}`),
    `  home       ${paths.home}`,
    `  providers  ${providersEnabled.join(', ') || 'none'} enabled`,
    `  venues     ${venuesEnabled.join(', ') || 'none'} enabled`,
    '',
  ].join('\n');
}
