/**
 * The control document: everything that operators set at run time, and the commands that change it. Types only.
 *
 * One document, one reducer (`decide.ts`), so that the command line, a running scanner and the doctor change it by the same
 * rules, and one transaction holds the change together with its audit records.
 */

import type { Silence } from '../../signal/detect/alert-effect.ts';
import type { Actor, AuditEntry, AuditHead } from '../audit/audit-record.ts';
import type { KillLevel } from '../ops-config.ts';

/**
 * What a run may do at all.
 *
 * - `normal`: everything
 * - `observe`: feeds, books and bars go on; nothing about the market is let out; alerts about ourselves are
 * - `halted`: no call, no subscription
 */
export const RUN_MODES = ['normal', 'observe', 'halted'] as const;
export type RunMode = (typeof RUN_MODES)[number];

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface ControlDocument {
  readonly schemaVersion: 1;
  /** Goes up by one with each change. */
  readonly revision: number;
  /** Only what operators set, by canonical name; the rest is as config has it. */
  readonly switches: Readonly<Record<string, SwitchSetting>>;
  readonly kill: KillState;
  readonly mode: RunMode;
  /** By breaker name, `kraken.rest`. */
  readonly isolatedBreakers: Readonly<Record<string, BreakerIsolation>>;
  readonly tokens: readonly TokenRecord[];
}

export interface SwitchSetting {
  readonly isOn: boolean;
  /** The document's revision when it was set; running out does not move it. */
  readonly revision: number;
  readonly changedAtMs: number;
  readonly actor: Actor;
  readonly reason: string;
  /** `--for`: from then on it is `revertsTo` again, whether or not anybody has written that down yet; null: for good. */
  readonly expiresAtMs: number | null;
  /** What holds once the time has run out; of a setting for good: `isOn`. */
  readonly revertsTo: boolean;
}

/**
 * - `released`: nothing is stopped. `engage` leads out.
 * - `engaged`: latched. A harsher level replaces it, a milder one never does; only `release` leads out.
 */
export type KillState =
  | { readonly kind: 'released'; readonly releasedAtMs: number | null; readonly revision: number }
  | {
      readonly kind: 'engaged';
      readonly level: KillLevel;
      readonly engagedAtMs: number;
      readonly reason: string;
      readonly operator: string;
      readonly source: KillSource;
      /** The automatic trigger's name; null for every other source. */
      readonly trigger: string | null;
      readonly revision: number;
    };

export const KILL_SOURCES = ['command', 'file', 'signal', 'trigger', 'state_unreadable'] as const;
export type KillSource = (typeof KILL_SOURCES)[number];

export interface BreakerIsolation {
  readonly sinceMs: number;
  readonly reason: string;
  readonly actor: Actor;
}

/** The secret itself is shown once and stored nowhere. */
export interface TokenRecord {
  /** Short, random, not secret. */
  readonly id: string;
  readonly role: Role;
  /** SHA-256 of the secret, lower-case hex. */
  readonly hash: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs: number | null;
}

/** One of the pre-activation checks, with what it was judged by. */
export interface CheckResult {
  readonly name: string;
  readonly isPassed: boolean;
  /** For people: the figure, its limit, its age. */
  readonly evidence: string;
}

export type ControlCommand =
  | {
      readonly kind: 'set_switch';
      readonly name: string;
      readonly isOn: boolean;
      /** Null: for good. */
      readonly forMs: number | null;
      /** Refused unless the switch is so now; null: whatever it is. */
      readonly expect: boolean | null;
      /** Refused unless the switch's setting has this revision (0: never set); null: any. */
      readonly ifRevision: number | null;
    }
  /** Writes down the settings whose time has run out, and nothing else. Needs no reason: those who set them gave it. */
  | { readonly kind: 'expire' }
  /** Takes the settings that equal config out of the document, after `switch save` wrote them into the YAML. */
  | { readonly kind: 'forget_settings'; readonly names: readonly string[] }
  | {
      readonly kind: 'engage';
      readonly level: KillLevel;
      readonly source: KillSource;
      readonly trigger: string | null;
      readonly operator: string;
      readonly engagedAtMs: number;
      readonly recordedLate: boolean;
    }
  | { readonly kind: 'release'; readonly checks: readonly CheckResult[] }
  | { readonly kind: 'isolate_breaker' | 'release_breaker'; readonly name: string }
  | { readonly kind: 'set_mode'; readonly mode: RunMode }
  | {
      readonly kind: 'create_token';
      readonly id: string;
      readonly role: Role;
      readonly hash: string;
      readonly ttlMs: number;
    }
  | { readonly kind: 'revoke_token'; readonly id: string }
  | AlertAct
  /** Something that happened elsewhere and belongs into the audit: a config reload, a grade change, break-glass. */
  | {
      readonly kind: 'record';
      readonly action: string;
      readonly target: string;
      readonly from: string | number | boolean | null;
      readonly to: string | number | boolean | null;
    };

/**
 * An order about alerts. It changes nothing in the document but its revision: the audit is where the alerts read it, so that
 * no order is obeyed without its record. Who and why come with the request.
 */
export type AlertAct =
  | { readonly kind: 'alert_acknowledge' | 'alert_resolve'; readonly alert: string }
  | { readonly kind: 'silence_add'; readonly silence: Omit<Silence, 'actor' | 'reason'> }
  | { readonly kind: 'silence_end'; readonly id: string };

export interface ControlRequest {
  readonly command: ControlCommand;
  readonly actor: Actor;
  /** Required (not blank) wherever something is changed; `engage`, `record`, `expire` and `silence_end` are taken without. */
  readonly reason: string;
  readonly atMs: number;
  /** SHA-256 of the token that came with it, lower-case hex; null: none came. */
  readonly tokenHash: string | null;
}

/** What a command may name, and how things stand where no operator has set anything: from config. */
export interface ControlDefaults {
  /** Every switch's default by canonical name. */
  readonly switches: ReadonlyMap<string, boolean>;
  readonly breakers: readonly string[];
  /** Left out: no quote has a switch of its own. */
  readonly quotes?: QuoteSwitches;
}

/** How the switches of venues and those of their quotes hang together; all by canonical name. */
export interface QuoteSwitches {
  /** The venue's switch that stands over a quote's: `venue.kraken` over `venue.kraken_usd`. */
  readonly venueOf: ReadonlyMap<string, string>;
  /** Venues that config lists by their quotes alone: a quote that is not listed is off there, whatever the venue's switch. */
  readonly byQuote: ReadonlySet<string>;
}

export type RefusalCode = 'usage' | 'permission_denied' | 'precondition_failed';

/**
 * Only `changed` has a new document; the other two hand back the one they were given, whatever has run out meanwhile: that
 * is written down with the next change.
 */
export type ControlOutcome =
  /** `entries` go into the audit in the same transaction as `document`. */
  | { readonly kind: 'changed'; readonly document: ControlDocument; readonly entries: readonly AuditEntry[] }
  | { readonly kind: 'unchanged'; readonly document: ControlDocument }
  /** Refusals of the kill switch and of tokens are audited too (`entries`); others leave no trace. */
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      readonly message: string;
      readonly document: ControlDocument;
      readonly entries: readonly AuditEntry[];
    };

/** What a reader of the store sees at one moment. */
export interface ControlSnapshot {
  readonly document: ControlDocument;
  /** Null: nothing was ever recorded. */
  readonly auditHead: AuditHead | null;
}
