/**
 * The kill switch as one running scanner sees it: latched by any way in, released only by the control document.
 *
 * Decides nothing about who may release (that is the control document's reducer) and reads no file itself.
 */

import type { ControlDocument, KillSource } from '../control/control.ts';
import type { KillLevel } from '../ops-config.ts';
import { isHarsher } from './levels.ts';

/** Who stopped what, when and why. */
export interface Engagement {
  readonly level: KillLevel;
  /** Ms since the epoch. */
  readonly engagedAtMs: number;
  readonly reason: string;
  readonly operator: string;
  readonly source: KillSource;
  /** The automatic trigger's name; null for every other source. */
  readonly trigger: string | null;
}

/**
 * Plain JSON, so saving it is keeping it.
 *
 * - `released`: nothing is stopped. Any engagement leads out.
 * - `engaged`: a harsher engagement replaces it, a milder one never does; only a control document leads out.
 *
 * `seenRevision` is the revision of the newest control document seen; null before the first.
 */
export type KillLatch =
  | { readonly kind: 'released'; readonly seenRevision: number | null }
  | (Engagement & {
      readonly kind: 'engaged';
      readonly seenRevision: number | null;
      /**
       * Only a release of a later revision counts: an earlier one was not meant for this engagement.
       * Null: not known how far the document was; the next one sets it, and does not release.
       */
      readonly releaseAfterRevision: number | null;
      /** When the KILL file that lies there was last changed; null: none lies there. */
      readonly fileAtMs: number | null;
    });

/** The part of the latch that owns an engagement. */
export type EngagedLatch = Extract<KillLatch, { kind: 'engaged' }>;

/**
 * - `seen_file`: a KILL file lies there; `changedAtMs` is its modification time. `engagement` null: empty or unreadable, so `kill`.
 *   May come with every look at the folder.
 * - `file_removed`: it lies there no more. Releases nothing; hand the current document in again after it.
 * - `signal`: SIGUSR2. `trigger`: an automatic trigger fired.
 * - `document`: the control document as it stands. May come again unchanged.
 * - `restored_state`: what an earlier run saved; `latch` null: initialised once, and now missing or unreadable.
 */
export type KillInput =
  | { readonly kind: 'seen_file'; readonly engagement: Engagement | null; readonly changedAtMs: number }
  | { readonly kind: 'file_removed' }
  | { readonly kind: 'signal'; readonly name: string; readonly atMs: number }
  | {
      readonly kind: 'trigger';
      readonly trigger: string;
      readonly level: KillLevel;
      readonly evidence: string;
      readonly atMs: number;
    }
  | { readonly kind: 'document'; readonly document: Pick<ControlDocument, 'revision' | 'kill'> }
  | { readonly kind: 'restored_state'; readonly latch: KillLatch | null; readonly atMs: number };

/** Before anything was read. */
export const INITIAL_LATCH: KillLatch = { kind: 'released', seenRevision: null };

/**
 * Advances the latch by one thing that was seen.
 *
 * @returns the next state; the same object when nothing changed
 */
export function stepLatch(latch: KillLatch, input: KillInput): KillLatch {
  switch (input.kind) {
    case 'seen_file':
      return seeFile(latch, input.engagement ?? unreadableFile(input.changedAtMs), input.changedAtMs);
    case 'file_removed':
      return latch.kind === 'released' || latch.fileAtMs === null ? latch : { ...latch, fileAtMs: null };
    case 'signal':
      return engage(latch, madeBy('signal', 'kill', input.name, input.atMs));
    case 'trigger':
      return engage(latch, {
        ...madeBy('trigger', input.level, input.evidence, input.atMs),
        operator: 'scanner',
        trigger: input.trigger,
      });
    case 'document':
      return readDocument(latch, input.document);
    case 'restored_state':
      return restore(latch, input.latch, input.atMs);
  }
}

/** What is in force; null while released. */
export function levelOf(latch: KillLatch): KillLevel | null {
  return latch.kind === 'engaged' ? latch.level : null;
}

function engage(latch: KillLatch, engagement: Engagement): EngagedLatch {
  const { seenRevision } = latch;
  if (latch.kind === 'released') {
    return { kind: 'engaged', ...engagement, seenRevision, releaseAfterRevision: seenRevision, fileAtMs: null };
  }
  // A release that was decided before this engagement must not end it, even where the level stays as it was.
  const releaseAfterRevision = latch.releaseAfterRevision === null ? null : seenRevision;
  if (isHarsher(engagement.level, latch.level)) return { ...latch, ...engagement, releaseAfterRevision };
  return releaseAfterRevision === latch.releaseAfterRevision ? latch : { ...latch, releaseAfterRevision };
}

/** The same file seen again is no new engagement: else a release could never get past a file that is about to be removed. */
function seeFile(latch: KillLatch, engagement: Engagement, changedAtMs: number): KillLatch {
  const isSame = latch.kind === 'engaged' && latch.fileAtMs === changedAtMs;
  if (isSame && !isHarsher(engagement.level, latch.level)) return latch;
  return { ...engage(latch, engagement), fileAtMs: changedAtMs };
}

function readDocument(latch: KillLatch, document: Pick<ControlDocument, 'revision' | 'kill'>): KillLatch {
  const { revision, kill } = document;
  if (kill.kind === 'engaged') {
    const engaged = engage(latch, engagementOf(kill));
    return sameOr(latch, { ...engaged, seenRevision: revision, releaseAfterRevision: revision });
  }
  if (latch.kind === 'released') return sameOr(latch, { ...latch, seenRevision: revision });
  // A document older than one already seen was rebuilt from a backup: it says nothing about what happened since.
  const isRebuilt = latch.seenRevision !== null && revision < latch.seenRevision;
  if (latch.releaseAfterRevision === null || isRebuilt) {
    return { ...latch, seenRevision: revision, releaseAfterRevision: revision };
  }
  const isMeant = kill.revision > latch.releaseAfterRevision;
  if (isMeant && latch.fileAtMs === null) return { kind: 'released', seenRevision: revision };
  return sameOr(latch, { ...latch, seenRevision: revision });
}

/** An unreadable past counts as engaged, and no document that is already there releases it. */
function restore(latch: KillLatch, restored: KillLatch | null, atMs: number): KillLatch {
  if (restored === null) {
    const unreadable = madeBy('state_unreadable', 'kill', 'state_unreadable', atMs);
    return { ...engage(latch, unreadable), releaseAfterRevision: null };
  }
  if (latch.kind === 'released') return restored.kind === 'released' ? latch : { ...restored, fileAtMs: null };
  return restored.kind === 'released' ? latch : engage(latch, engagementOf(restored));
}

/** The engagement alone, without what its carrier knows besides. */
function engagementOf({ level, engagedAtMs, reason, operator, source, trigger }: Engagement): Engagement {
  return { level, engagedAtMs, reason, operator, source, trigger };
}

function madeBy(source: KillSource, level: KillLevel, reason: string, engagedAtMs: number): Engagement {
  return { level, engagedAtMs, reason, operator: 'unknown', source, trigger: null };
}

function unreadableFile(changedAtMs: number): Engagement {
  return madeBy('file', 'kill', 'a KILL file that says nothing readable', changedAtMs);
}

function sameOr(latch: KillLatch, next: KillLatch): KillLatch {
  const isSame =
    latch.kind === 'engaged' && next.kind === 'engaged'
      ? latch.level === next.level &&
        latch.seenRevision === next.seenRevision &&
        latch.releaseAfterRevision === next.releaseAfterRevision
      : latch.kind === next.kind && latch.seenRevision === next.seenRevision;
  return isSame ? latch : next;
}
