/** What one live scan is given, and how it ends. Types only. */

import type { ControlDefaults } from '../../../core/ops/control/control.ts';
import type { KillLevel, OpsConfig } from '../../../core/ops/ops-config.ts';
import type { Effect } from '../../../core/scan/effect.ts';
import type { LinkInput } from '../../../core/scan/input.ts';
import type { Scanner } from '../../../core/scan/scanner.ts';
import type { QueueLimits } from '../../feeds/driver/frame-queue.ts';
import type { Clock, Transport } from '../../feeds/transport.ts';
import type { AlertDesk } from '../alerts/alert-desk.ts';
import type { RunHistory } from '../history/run-history.ts';
import type { ScanStart, SignalSettings } from './scan-start.ts';

export interface ScanRunOptions {
  /** Names journal, folder and heartbeat of this run. */
  readonly session: string;
  readonly source: 'live' | 'demo';
  readonly stateDir: string;
  /** All but what the state folder and the clock bring. */
  readonly start: ScanStart;
  readonly signal: SignalSettings;
  readonly ops: OpsConfig;
  readonly defaults: ControlDefaults;
  readonly providers: readonly string[];
  readonly venues: readonly string[];
  readonly pulseMs: number;
  readonly clock: Clock;
  /** How much faster than the world the clock goes. */
  readonly speed: number;
  readonly transport: Transport;
  readonly queue: QueueLimits;
  /** For CSV files of this session; null: none are wanted. */
  readonly resultsDir: string | null;
  readonly record: { readonly folder: string; readonly segmentBytes: number | null } | null;
  /** Opens what keeps the alerts and tells of them; called once the state is this run's. */
  readonly openAlerts: () => AlertDesk;
  /** Likewise what keeps the history; null: none is kept. */
  readonly openHistory: (scanner: () => Scanner) => RunHistory | null;
  /** One line for people. */
  readonly onNotice: (text: string) => void;
  /** After it was done. */
  readonly onEffect: (effect: Effect) => void;
  /** After it was stepped. */
  readonly onLink: (link: LinkInput) => void;
  /** Once a second. */
  readonly onSecond: () => void;
  /** The kill switch's drain is done: sockets are closed, journal and files have their ends. The last snapshot is due. */
  readonly onDrained: () => void;
}

/** How a scan ended, and what it left. */
export interface ScanEnd {
  readonly killLevel: KillLevel | null;
  readonly digest: string;
  readonly frames: number;
  /** False: a journal or files were wanted and are not whole. */
  readonly isWhole: boolean;
  /** Of the journal, to which the digest belongs: a reload begins another. Null: nothing was recorded. */
  readonly recordedSession: string | null;
  readonly resultsFolder: string | null;
}
