/** `cryptorun doctor`: is this machine fit for a scan, and what to do if it is not. Looks at nothing itself. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Outside } from './outside.ts';
import { type FormatOptions, formatted, type PlaceOptions, placed } from './shared-options.ts';

export type DoctorOptions = PlaceOptions & FormatOptions;

/** Adds `doctor`. */
export function registerDoctorCommand(program: Command, context: CliContext, outside: Outside): void {
  placed(
    formatted(
      program
        .command('doctor')
        .description('is this machine fit to scan? exit 1: something is broken, 8: worth a look'),
    ),
  ).action(async (options: DoctorOptions) =>
    (await import('../run/scan/doctor-action.ts')).runDoctor(options, context, outside),
  );
}
