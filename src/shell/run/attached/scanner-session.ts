/**
 * Ties one running scanner to the state folder: holds its lock, looks at `KILL` and the control document, writes the heartbeat,
 * and writes down what the core decided. Decides nothing, and never stops the scanner because a file is in the way.
 */

import { hostname, userInfo } from 'node:os';
import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import type { ControlDefaults, ControlDocument, ControlRequest } from '../../../core/ops/control/control.ts';
import type { Engagement, KillLatch } from '../../../core/ops/kill-switch/latch.ts';
import type { OpsEffect } from '../../../core/ops/run/ops-effect.ts';
import type { OpsCommand, PublicControlDocument } from '../../../core/ops/run/ops-input.ts';
import type { OpsRun } from '../../../core/ops/run/ops-run.ts';
import type { StatusSource } from '../../../core/ops/status.ts';
import { isUnrecorded, lateRequest } from '../../cli/control/record-late.ts';
import { CryptorunError } from '../../errors.ts';
import type { ControlStore } from '../../stores/control/control-store.ts';
import { type Heartbeat, HeartbeatWriter, readBootId, readHeartbeat } from '../../stores/control/heartbeat-file.ts';
import { engage } from '../../stores/control/kill-file.ts';
import { type KillFileState, KillFileWatch } from '../../stores/control/kill-file-state.ts';
import { openControl } from '../../stores/control/open-control.ts';
import { lockScanner, type ScannerLock } from '../../stores/control/scanner-lock.ts';
import { SqliteControlStore } from '../../stores/control/sqlite/sqlite-control-store.ts';
import { auditRequest } from './audit-request.ts';
import { type AuditReading, AuditWatch } from './audit-watch.ts';
import { restoredLatch } from './restored-latch.ts';

export interface SessionOptions {
  readonly stateDir: string;
  readonly source: StatusSource['kind'];
  /** The run's name, for the heartbeat. */
  readonly name: string;
  readonly defaults: ControlDefaults;
  readonly heartbeatMs: number;
  /** Wall clock, ms since the epoch. */
  readonly nowMs: () => number;
  /** One line for people: what the session could not do. Each sentence once. */
  readonly onProblem: (text: string) => void;
}

/** At the start another command may be writing; later nothing here ever waits. */
const OPEN_BUSY_TIMEOUT_MS = 2000;
const NO_WAIT = { busyTimeoutMs: 0 } as const;
/** Opening a state that is not there costs a millisecond: not at every look. */
const RETRY_MS = 1000;
/** A look comes a millisecond early or late: the beat is not put off to the next for that. */
const EARLY_RATIO = 0.9;
/** Acts that wait for the database: more than this many, and the oldest is given up and said to be. */
const MAX_WAITING = 1000;

export class ScannerSession {
  readonly #options: SessionOptions;
  readonly #lock: ScannerLock;
  readonly #watch: KillFileWatch;
  readonly #heartbeat: HeartbeatWriter;
  readonly #actor: Actor;
  readonly #bootId = readBootId();
  readonly #startedAtMs: number;
  #store: ControlStore | null = null;
  #document: ControlDocument | null = null;
  #file: KillFileState = { kind: 'absent' };
  #killingSignal: string | null = null;
  #killStamp: string | null = null;
  #killLevel: Heartbeat['killLevel'] = null;
  #killSeenAtMs: number | null = null;
  #lastBeatMs = Number.NEGATIVE_INFINITY;
  #lastBeat: Heartbeat | null = null;
  #lastShown = '';
  #triedAtMs = Number.NEGATIVE_INFINITY;
  readonly #audit = new AuditWatch();
  readonly #waiting: ControlRequest[] = [];
  readonly #said = new Set<string>();

  /** What a run of before left latched, by its last heartbeat; null: nothing. */
  readonly latch: KillLatch | null;

  /**
   * Takes the lock and reads the state.
   *
   * @throws CryptorunError `lock_held` when another scanner runs here; whatever keeps the folder from being made
   */
  static open(options: SessionOptions): ScannerSession {
    // Before the lock, whose file is a sign that the state was once set up.
    prepareControl(options.stateDir);
    const lock = lockScanner(options.stateDir);
    try {
      return new ScannerSession(options, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(options: SessionOptions, lock: ScannerLock) {
    const { stateDir, nowMs } = options;
    this.#options = options;
    this.#lock = lock;
    this.#startedAtMs = nowMs();
    this.#actor = { user: userInfo().username, host: hostname(), via: 'scanner' };
    this.#open((dir) => openControl(dir, NO_WAIT));
    const before = readHeartbeat(stateDir, { nowMs: nowMs(), staleAfterMs: 0 });
    this.latch = restoredLatch(before, this.#document, nowMs());
    this.#heartbeat = new HeartbeatWriter(stateDir);
    this.#watch = new KillFileWatch(stateDir);
  }

  /** The control document as it stands, without tokens; null: it cannot be read, so the kill switch counts as engaged. */
  get document(): PublicControlDocument | null {
    return this.#document === null ? null : withoutTokens(this.#document);
  }

  /** What operators did since the last look. Costs microseconds, writes nothing, never waits and never throws. */
  poll(): OpsCommand[] {
    const commands: OpsCommand[] = [];
    this.#file = this.#watch.read();
    const fileCommand = this.#seeFile(this.#file);
    if (fileCommand !== null) commands.push(fileCommand);
    if (this.#hasNewDocument()) commands.push({ kind: 'control', document: withoutTokens(this.#document!) });
    return commands;
  }

  /** SIGUSR2: what is to be stepped now. The file that keeps it stopped follows with the next beat: it costs a flush. */
  killBySignal(name: string): OpsCommand {
    this.#killingSignal = name;
    return { kind: 'kill_signal', name };
  }

  /** Does what the core asked for, or puts it on the list of what is to be written down. */
  perform(effect: OpsEffect): void {
    if (effect.kind === 'engage_kill_switch') {
      const { level, reason, trigger } = effect;
      this.#engage({ level, reason, operator: 'scanner', source: 'trigger', trigger });
      return;
    }
    const request = auditRequest(effect, this.#actor, this.#options.nowMs());
    if (request !== null) this.#note(request);
  }

  /** Puts an act of an operator that nobody has written down yet on the list of what is to be. */
  record(request: ControlRequest): void {
    this.#note(request);
  }

  /** What the audit says as of now, for the `host` Input. Reads on from where it was. */
  audit(): AuditReading {
    return this.#audit.read(this.#store, this.#options.nowMs());
  }

  /**
   * Writes the heartbeat if it is due, or if what it says has changed; then what is not in the audit yet. To be called after
   * obeying, because a slow disk must not hold up a stop.
   */
  beat(ops: OpsRun, lastProgressMs: number | null): void {
    this.#writeHeartbeat(ops, lastProgressMs);
    this.#keepKilled();
    this.#recordFile(this.#file);
    this.#recordExpiry();
    this.#writeDown();
  }

  #writeHeartbeat(ops: OpsRun, lastProgressMs: number | null): void {
    const writtenAtMs = this.#options.nowMs();
    const killLevel = ops.latch.kind === 'engaged' ? ops.latch.level : null;
    if (killLevel !== this.#killLevel) this.#killSeenAtMs = killLevel === null ? null : writtenAtMs;
    this.#killLevel = killLevel;
    const { revision, mode } = ops.view;
    const shown = `${revision} ${killLevel} ${mode} ${ops.isReady}`;
    if (shown === this.#lastShown && writtenAtMs - this.#lastBeatMs < EARLY_RATIO * this.#options.heartbeatMs) return;
    this.#lastShown = shown;
    this.#lastBeatMs = writtenAtMs;
    this.#write({
      pid: process.pid,
      bootId: this.#bootId,
      startedAtMs: this.#startedAtMs,
      session: this.#options.name.slice(0, 199),
      source: this.#options.source,
      mode,
      isReady: ops.isReady,
      revisionSeen: revision,
      killLevel,
      killSeenAtMs: this.#killSeenAtMs,
      lastProgressMs,
      writtenAtMs,
    });
  }

  #write(beat: Heartbeat): void {
    this.#lastBeat = beat;
    try {
      this.#heartbeat.write(beat);
    } catch (error) {
      this.#say(`the heartbeat cannot be written: ${(error as Error).message}`);
    }
  }

  /** Frees the lock, and says in the heartbeat that this was the end. What still waits to be written down is tried once more. */
  close(): void {
    this.#writeDown();
    const nowMs = this.#options.nowMs();
    if (this.#lastBeat !== null) this.#write({ ...this.#lastBeat, writtenAtMs: nowMs, stoppedAtMs: nowMs });
    if (this.#waiting.length > 0) this.#say(`${this.#waiting.length} acts could not be written into the audit`);
    this.#store?.close();
    this.#heartbeat.close();
    this.#lock.release();
  }

  /** Opens the store and reads it; where that fails, the document stays what it was. @returns why it failed; null: it did not */
  #open(openStore: (stateDir: string) => ControlStore): unknown {
    this.#store = null;
    try {
      const store = openStore(this.#options.stateDir);
      this.#document = store.read().document;
      this.#store = store;
      return null;
    } catch (error) {
      this.#say(`the control state cannot be read, so the kill switch counts as engaged: ${(error as Error).message}`);
      return error;
    }
  }

  #seeFile(file: KillFileState): OpsCommand | null {
    if (file.kind === 'absent') {
      if (this.#killStamp === null) return null;
      this.#killStamp = null;
      return { kind: 'kill_file_removed' };
    }
    const stamp = file.stamp ?? 'unreadable';
    if (stamp === this.#killStamp) return null;
    this.#killStamp = stamp;
    const engagement: Engagement | null = file.kind === 'engaged' ? { ...engagementOf(file), trigger: null } : null;
    return { kind: 'kill_file', engagement, changedAtMs: changedAtMs(file, this.#options.nowMs()) };
  }

  /** Looks at the revision; reads the document only when it is another one. */
  #hasNewDocument(): boolean {
    if (this.#store === null) return this.#isRestored();
    try {
      if (this.#store.revision() === this.#document?.revision) return false;
      this.#document = this.#store.read().document;
      return true;
    } catch (error) {
      if (isUnreadable(error)) return this.#reopenOrEngage();
      // What was last read stays in force: a reader that is refused for a moment must not start or stop anything.
      if (!isBusy(error)) this.#say(`the control state cannot be read now: ${(error as Error).message}`);
      return false;
    }
  }

  /** The file is damaged, gone, or another one is there now: what was restored is obeyed, and anything else stops everything. */
  #reopenOrEngage(): boolean {
    this.#store?.close();
    this.#triedAtMs = this.#options.nowMs();
    const problem = this.#open(reopenControl);
    if (problem === null) return true;
    const said = { level: 'kill', reason: 'state_unreadable', operator: 'scanner', trigger: null } as const;
    if (isUnreadable(problem)) this.#engage({ ...said, source: 'state_unreadable' });
    return false;
  }

  #isRestored(): boolean {
    const nowMs = this.#options.nowMs();
    if (Math.abs(nowMs - this.#triedAtMs) < RETRY_MS) return false;
    this.#triedAtMs = nowMs;
    return this.#open(reopenControl) === null;
  }

  #keepKilled(): void {
    const reason = this.#killingSignal;
    if (reason === null) return;
    this.#killingSignal = null;
    this.#engage({ level: 'kill', reason, operator: 'unknown', source: 'signal', trigger: null });
  }

  #engage(what: Omit<Engagement, 'engagedAtMs'>): void {
    const { stateDir, nowMs } = this.#options;
    const engagedAtMs = nowMs();
    const { level, reason, operator, source, trigger } = what;
    try {
      engage(stateDir, { level, reason, operator, source, timeMs: engagedAtMs });
    } catch (error) {
      this.#say((error as Error).message);
    }
    this.#note({
      command: { kind: 'engage', level, source, trigger, operator, engagedAtMs, recordedLate: false },
      actor: { ...this.#actor, via: source },
      reason,
      atMs: engagedAtMs,
      tokenHash: null,
    });
  }

  /** An engagement that nobody could write down: a touched file, or a command beside a locked database. */
  #recordFile(file: KillFileState): void {
    if (file.kind === 'absent' || this.#document === null || this.#waiting.length > 0) return;
    const nowMs = this.#options.nowMs();
    if (!isUnrecorded(file, this.#document.kill, nowMs)) return;
    this.#note(lateRequest(file, this.#actor.host, nowMs));
  }

  /** A switch whose time has run out counts as reverted at once; here it is written down. */
  #recordExpiry(): void {
    if (this.#document === null || this.#waiting.length > 0) return;
    const nowMs = this.#options.nowMs();
    const hasExpired = Object.values(this.#document.switches).some(
      ({ expiresAtMs }) => expiresAtMs !== null && expiresAtMs <= nowMs,
    );
    if (!hasExpired) return;
    this.#note({ command: { kind: 'expire' }, actor: this.#actor, reason: '', atMs: nowMs, tokenHash: null });
  }

  #note(request: ControlRequest): void {
    if (this.#waiting.length === MAX_WAITING) {
      this.#waiting.shift();
      this.#say(`more than ${MAX_WAITING} acts wait for the control database: the oldest are not in the audit`);
    }
    this.#waiting.push(request);
  }

  /** As many as go without waiting; the rest at the next look. */
  #writeDown(): void {
    while (this.#store !== null && this.#waiting.length > 0) {
      try {
        const { snapshot } = this.#store.change(this.#waiting[0]!, this.#options.defaults);
        if (snapshot.document.revision === this.#document?.revision) this.#document = snapshot.document;
        this.#waiting.shift();
      } catch (error) {
        if (isBusy(error)) return;
        this.#say(`the audit cannot be written: ${(error as Error).message}`);
        return;
      }
    }
  }

  #say(text: string): void {
    if (this.#said.has(text)) return;
    this.#said.add(text);
    this.#options.onProblem(text);
  }
}

/** Sets the folder up where it is new, and waits for a command that is just writing: later nothing here waits. */
function prepareControl(stateDir: string): void {
  try {
    openControl(stateDir, { busyTimeoutMs: OPEN_BUSY_TIMEOUT_MS }).close();
  } catch {
    // The session opens it again, and says what is wrong.
  }
}

/** Never makes one: a state that was lost while a scanner ran is not a new one. */
function reopenControl(stateDir: string): ControlStore {
  return new SqliteControlStore(stateDir, { ...NO_WAIT, mayCreate: false });
}

function withoutTokens({ tokens: _tokens, ...document }: ControlDocument): PublicControlDocument {
  return document;
}

function engagementOf(file: Extract<KillFileState, { kind: 'engaged' }>): Omit<Engagement, 'trigger'> {
  const { level, engagedAtMs, reason, operator, source } = file;
  return { level, engagedAtMs, reason, operator, source };
}

/** The stamp's own modification time, where it has one. */
function changedAtMs(file: Exclude<KillFileState, { kind: 'absent' }>, nowMs: number): number {
  const modifiedMs = Number(file.stamp?.split(':')[1]);
  return Number.isFinite(modifiedMs) ? modifiedMs : nowMs;
}

function isUnreadable(error: unknown): boolean {
  return error instanceof CryptorunError && error.code === 'state_unreadable';
}

function isBusy(error: unknown): boolean {
  return error instanceof CryptorunError && error.code === 'state_busy';
}
