/** The types of config/ops.yaml after loading: what the core reads of it, and what only the shell does. */

import type { OpsConfig as CoreOpsConfig } from '../../core/ops/ops-config.ts';
import type { LogLevel } from './log-level.ts';

export interface ScannerConfig {
  readonly watermarkDelayMs: number;
  readonly lateGraceMs: number;
  readonly maxEventTimeDeviationMs: number;
  readonly pulseMs: number;
}

export interface ArtifactsConfig {
  /** As written; `paths.statusDir` is the folder itself. */
  readonly outputDir: string;
  readonly snapshotFilename: string;
  readonly retentionDays: number;
}

export interface OpsConfig extends CoreOpsConfig {
  readonly scanner: ScannerConfig;
  readonly artifacts: ArtifactsConfig;
  readonly log: { readonly level: LogLevel };
}
