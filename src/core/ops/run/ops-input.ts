/** What the operations core starts from and what operators may tell it. Types only; facts are in `facts.ts`. */

import type { ControlDocument } from '../control/control.ts';
import type { Engagement, KillLatch } from '../kill-switch/latch.ts';
import type { OpsConfig } from '../ops-config.ts';

/** The control document without its tokens: not even their hashes stand in a journal. */
export type PublicControlDocument = Omit<ControlDocument, 'tokens'>;

export interface OpsStart {
  readonly config: OpsConfig;
  /** The jitter of breakers comes from it. */
  readonly seed: string;
  /** What switches and breakers exist beside those that config lists: by name, sorted. */
  readonly providers: readonly string[];
  readonly venues: readonly string[];
  /** As it stood at the start; null: the store could not be read though it was initialised, which counts as engaged. */
  readonly document: PublicControlDocument | null;
  /** What the run before left latched; null: nothing was saved. */
  readonly latch: KillLatch | null;
}

/**
 * - `control`: the control document changed, or cannot be read any more (null: nothing changes, the latch stays)
 * - `kill_file`: a KILL file lies in the state folder; `engagement` null: empty or unreadable, so `kill`
 * - `kill_file_removed`: it lies there no more
 * - `kill_signal`: SIGUSR2
 */
export type OpsCommand =
  | { readonly kind: 'control'; readonly document: PublicControlDocument }
  | { readonly kind: 'kill_file'; readonly engagement: Engagement | null; readonly changedAtMs: number }
  | { readonly kind: 'kill_file_removed' }
  | { readonly kind: 'kill_signal'; readonly name: string };
