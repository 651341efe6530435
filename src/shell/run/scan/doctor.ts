/**
 * Looks over everything that a scan needs of this machine, and says what to do where something is missing. Changes nothing, and
 * asks each venue no more than one handshake and one request.
 */

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isoText } from '../../../core/base/time.ts';
import { sizeText } from '../../../core/render/value-text.ts';
import { STALE_AFTER_MS } from '../../cli/control/confirmation.ts';
import type { Outside } from '../../cli/outside.ts';
import { scannerOf } from '../../cli/status/scanner-fact.ts';
import type { ConfigOrDefaults } from '../../config/config-or-defaults.ts';
import { problemText } from '../../config/problem.ts';
import type { Transport } from '../../feeds/transport.ts';
import { readHeartbeat } from '../../stores/control/heartbeat-file.ts';
import { readKillFile } from '../../stores/control/kill-file-state.ts';
import { readControlOrEngaged } from '../../stores/control/open-control.ts';
import { scannableVenues } from './scan-start.ts';

/** `advice`: what to do; empty where nothing is. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'look' | 'broken';
  readonly found: string;
  readonly advice: string;
}

export interface DoctorWorld {
  readonly nodeVersion: string;
  readonly outside: Outside;
  readonly transport: Transport;
  /** Ms since the epoch. */
  readonly nowMs: () => number;
}

/** The lowest that package.json names. */
const LEAST_NODE = [20, 19] as const;
const PROBE_TIMEOUT_MS = 5000;
const MAX_REPLY_BYTES = 1 << 20;
/** The `Date` of an HTTP answer is whole seconds, and a moment old. */
const SKEW_LOOK_MS = 2000;
/** From here on exchanges refuse what is signed, and our frames have bad times. */
const SKEW_BROKEN_MS = 10_000;

export async function examineMachine(loaded: ConfigOrDefaults, world: DoctorWorld): Promise<Finding[]> {
  const { config } = loaded;
  const venues = await Promise.all(
    scannableVenues(config).map(async (name) => await reach(name, config.venues[name]!, world)),
  );
  return [
    nodeFinding(world.nodeVersion),
    configFinding(loaded),
    ...folderFindings(config.paths),
    diskFinding(loaded, world),
    stateFinding(config.paths.stateDir),
    ...killFinding(config.paths.stateDir),
    scannerFinding(config.paths.stateDir, world.nowMs()),
    clockFinding(venues),
    ...venues.map(networkFinding),
  ];
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isNew = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  const advice = isNew ? '' : `install Node ${LEAST_NODE.join('.')} or newer`;
  return { name: 'node', state: isNew ? 'ok' : 'broken', found: version, advice };
}

function configFinding({ config, problems }: ConfigOrDefaults): Finding {
  const [first] = problems;
  if (first === undefined) return { name: 'config', state: 'ok', found: config.paths.configDir, advice: '' };
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return {
    name: 'config',
    state: 'broken',
    found: `${problemText(first)}${more}`,
    advice: 'see `cryptorun config check`',
  };
}

function folderFindings({ artifactsDir, stateDir }: ConfigOrDefaults['config']['paths']): Finding[] {
  const writable = isWritable(artifactsDir);
  const artifacts: Finding = {
    name: 'artifacts',
    state: writable ? 'ok' : 'broken',
    found: `${artifactsDir}${writable ? '' : ' cannot be written'}`,
    advice: writable ? '' : 'give this user the folder, or set CRYPTORUN_HOME to one that it owns',
  };
  if (!existsSync(stateDir)) return [artifacts];
  const isOpen = (statSync(stateDir).mode & 0o077) !== 0;
  const isOwn = isWritable(stateDir);
  const privacy: Finding = {
    name: 'permissions',
    state: !isOwn ? 'broken' : isOpen ? 'look' : 'ok',
    found: `${stateDir}${isOwn ? (isOpen ? ' is open to other users' : '') : ' cannot be written'}`,
    advice: !isOwn ? 'run as the user that the scanner runs as' : isOpen ? `chmod 700 ${stateDir}` : '',
  };
  return [artifacts, privacy];
}

/** Of the folder, or of the first one above it that is there. */
function isWritable(path: string): boolean {
  if (!existsSync(path) && dirname(path) !== path) return isWritable(dirname(path));
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function diskFinding({ config }: ConfigOrDefaults, { outside }: DoctorWorld): Finding {
  const free = outside.diskFreeBytes(config.paths.artifactsDir);
  const { diskFreeWarnBytes, diskFreeCriticalBytes } = config.ops.health;
  if (free === null) return { name: 'disk', state: 'look', found: 'free space is not known', advice: 'see `df`' };
  const state = free < diskFreeCriticalBytes ? 'broken' : free < diskFreeWarnBytes ? 'look' : 'ok';
  const advice = state === 'ok' ? '' : 'remove old journals and snapshots (`cryptorun ops prune`)';
  return { name: 'disk', state, found: `${sizeText(free)} free`, advice };
}

function stateFinding(stateDir: string): Finding {
  const belief = readControlOrEngaged(stateDir, { busyTimeoutMs: 2000 });
  if (belief.kind === 'ok')
    return { name: 'state', state: 'ok', found: `revision ${belief.snapshot.document.revision}`, advice: '' };
  if (belief.kind === 'never_initialised')
    return { name: 'state', state: 'ok', found: 'not set up yet: the first scan does it', advice: '' };
  return { name: 'state', state: 'broken', found: belief.reason, advice: 'see `cryptorun state doctor`' };
}

function killFinding(stateDir: string): Finding[] {
  const file = readKillFile(stateDir);
  if (file.kind === 'absent') return [];
  const found = file.kind === 'engaged' ? `engaged at ${file.level}: ${file.reason}` : 'a KILL file lies there';
  return [{ name: 'kill switch', state: 'look', found, advice: 'see `cryptorun killswitch check`' }];
}

function scannerFinding(stateDir: string, nowMs: number): Finding {
  const reading = readHeartbeat(stateDir, { nowMs, staleAfterMs: STALE_AFTER_MS });
  if (reading.kind === 'absent') return { name: 'scanner', state: 'ok', found: 'none ever ran here', advice: '' };
  if (reading.kind === 'unreadable')
    return { name: 'scanner', state: 'look', found: reading.reason, advice: 'start a scan: it writes the file anew' };
  const { pid, writtenAtMs } = reading.beat;
  const { kind } = scannerOf(reading);
  const found = `${kind}, pid ${pid}, last heartbeat ${isoText(writtenAtMs)}`;
  switch (kind) {
    case 'stale':
      return { name: 'scanner', state: 'broken', found, advice: `it hangs: kill ${pid}, and start it again` };
    case 'dead':
      return {
        name: 'scanner',
        state: 'look',
        found,
        advice: 'it ended without a word: see its log, and start it again',
      };
    default:
      return { name: 'scanner', state: 'ok', found, advice: '' };
  }
}

/** What one venue answered. Null: nothing went wrong. */
interface Reached {
  readonly name: string;
  readonly socketFailure: string | null;
  readonly restFailure: string | null;
  /** Its clock minus ours by the `Date` of its answer; null: it told none. */
  readonly skewMs: number | null;
}

type Venue = ConfigOrDefaults['config']['venues'][string];

async function reach(name: string, venue: Venue, world: DoctorWorld): Promise<Reached> {
  const [socketFailure, rest] = await Promise.all([tryWebSocket(venue, world), tryRest(venue, world)]);
  return { name, socketFailure, ...rest };
}

function tryWebSocket({ websocket }: Venue, { transport }: DoctorWorld): Promise<string | null> {
  const { urls, maxMessageBytes } = websocket;
  return new Promise((resolve) => {
    const request = { url: urls.public, handshakeTimeoutMs: PROBE_TIMEOUT_MS, maxMessageBytes, isDeflated: false };
    const socket = transport.open(request, {
      onOpen() {
        socket.close();
        resolve(null);
      },
      onFailed: resolve,
      onMessage() {},
      onAlive() {},
      onClosed: resolve,
    });
  });
}

/** Any answer will do: what is asked about is the way there. */
function tryRest({ rest }: Venue, { transport, nowMs }: DoctorWorld): Promise<Omit<Reached, 'name' | 'socketFailure'>> {
  return new Promise((resolve) => {
    const request = { url: rest.url, timeoutMs: PROBE_TIMEOUT_MS, maxBytes: MAX_REPLY_BYTES };
    transport.get(request, (reply) => {
      if (reply.kind !== 'answered') {
        const failure = reply.kind === 'timeout' ? `no answer within ${PROBE_TIMEOUT_MS} ms` : reply.reason;
        resolve({ restFailure: failure, skewMs: null });
        return;
      }
      const dateMs = Date.parse(reply.headers['date'] ?? '');
      resolve({ restFailure: null, skewMs: Number.isNaN(dateMs) ? null : dateMs - nowMs() });
    });
  });
}

/** The middle of what the venues say: one wrong clock among them does not make ours wrong. */
function clockFinding(venues: readonly Reached[]): Finding {
  const skews = venues.flatMap(({ skewMs }) => (skewMs === null ? [] : [skewMs])).sort((a, b) => a - b);
  const middle = skews[skews.length >> 1];
  if (middle === undefined)
    return { name: 'clock', state: 'look', found: 'no venue told the time', advice: 'see `timedatectl`' };
  const off = Math.abs(middle);
  const state = off >= SKEW_BROKEN_MS ? 'broken' : off >= SKEW_LOOK_MS ? 'look' : 'ok';
  const found = `within ${Math.max(1, Math.ceil(off / 1000))} s of the venues'`;
  return {
    name: 'clock',
    state,
    found,
    advice: state === 'ok' ? '' : 'set the clock: start chrony or systemd-timesyncd',
  };
}

function networkFinding({ name, socketFailure, restFailure }: Reached): Finding {
  const failures = [
    ...(socketFailure === null ? [] : [`websocket: ${socketFailure}`]),
    ...(restFailure === null ? [] : [`rest: ${restFailure}`]),
  ];
  const isOk = failures.length === 0;
  const found = isOk ? 'websocket and rest answer' : failures.join('; ');
  const advice = isOk
    ? ''
    : 'check network, firewall and the addresses in venues.yaml; some venues refuse some countries';
  return { name, state: isOk ? 'ok' : 'look', found, advice };
}
