/** Runs `cryptorun scan` as the command line asked: config, sockets, state, screen and files put together. Decides nothing else. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactStamp } from '../../../core/base/time.ts';
import type { StatusDocument } from '../../../core/ops/status.ts';
import { grouped } from '../../../core/render/replay-view.ts';
import { controlDefaults } from '../../cli/control/control-defaults.ts';
import type { ScanCommandRequest } from '../../cli/scan-command.ts';
import type { EffectiveConfig } from '../../config/effective-config.ts';
import type { FullConfig } from '../../config/full-config.ts';
import { loadFullConfig } from '../../config/load-full-config.ts';
import { problemText } from '../../config/problem.ts';
import type { ConfigRequest } from '../../config/resolve-home.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError, type EXIT_CODES } from '../../errors.ts';
import { systemClock } from '../../feeds/clocks.ts';
import type { Clock, Transport } from '../../feeds/transport.ts';
import { WsTransport } from '../../feeds/ws/ws-transport.ts';
import { pruneSnapshots, writeStatusSnapshot } from '../../stores/status-snapshot.ts';
import { type Interrupt, onInterrupt } from '../interrupt.ts';
import { compileOnlyHotCode, keepFunctionsWhole } from '../steady-code.ts';
import { Readiness } from './readiness.ts';
import { ScanDesk } from './scan-desk.ts';
import { consoleOnly, type Keeping, openAlertDesk, openHistory } from './scan-keeping.ts';
import { type ScanEnd, ScanRun, type ScanRunOptions } from './scan-run.ts';
import { opsCoreConfig, queueLimits, scanStart, signalSettings } from './scan-start.ts';
import { serviceManager } from './service-manager.ts';
import { LineShow } from './show/line-show.ts';
import { ScanLook } from './show/scan-look.ts';
import type { ScanShow } from './show/scan-show.ts';
import { ScreenShow } from './show/screen-show.ts';
import { StatusKeeper } from './status-keeper.ts';

/** Where the venues are: the world, or a simulator that brings its own clock. */
export interface ScanWorld {
  readonly source: 'live' | 'demo';
  readonly clock: Clock;
  readonly speed: number;
  readonly transport: Transport;
  /** Of the state that this scan runs on. */
  readonly stateDir: string;
  readonly config: FullConfig;
}

const STOPPED_BY_KILL_SWITCH: keyof typeof EXIT_CODES = 9;
const PARTIAL: keyof typeof EXIT_CODES = 10;

/** @throws CryptorunError for everything that keeps it from starting, and `kill_switch_engaged` */
export async function runScan(command: ScanCommandRequest, context: CliContext): Promise<void> {
  const config = configOf(command.place, context);
  if (command.demo !== null) return await runDemo(command.demo, config, command, context);
  const clock = systemClock();
  const transport = new WsTransport(clock, `cryptorun/${versionOf(context.packageRoot)}`);
  const { stateDir } = config.paths;
  await scanIn({ source: 'live', clock, speed: 1, transport, stateDir, config }, command, context);
}

/** Its state is its own: nobody may take it for that of a live scan. */
async function runDemo(
  { speed, seed }: NonNullable<ScanCommandRequest['demo']>,
  config: FullConfig,
  command: ScanCommandRequest,
  context: CliContext,
): Promise<void> {
  const { DEMO_VENUES, demoWorld } = await import('./demo-world.ts');
  const { choice, place } = command;
  const venues = choice.venues.length === 0 ? DEMO_VENUES : choice.venues;
  const top = choice.symbols === null ? (choice.top ?? DEMO_TOP) : choice.top;
  const stateDir = place.state === undefined ? join(config.paths.artifactsDir, 'demo', 'state') : config.paths.stateDir;
  const { clock, transport, close } = demoWorld({ venues, speed, seed, durationMs: command.durationMs });
  const world: ScanWorld = { source: 'demo', clock, speed, transport, stateDir, config };
  try {
    await scanIn(world, { ...command, choice: { ...choice, venues, top } }, context);
  } finally {
    close();
  }
}

/** As many as a screen of 24 lines shows of four venues. */
const DEMO_TOP = 2;

/** The same on whatever venues the world has. */
export async function scanIn(world: ScanWorld, command: ScanCommandRequest, context: CliContext): Promise<void> {
  keepFunctionsWhole();
  compileOnlyHotCode();
  const interrupt = onInterrupt();
  try {
    await new LiveScan(world, command, context).run(interrupt);
  } finally {
    interrupt.release();
  }
}

/** One scan with all that watches it and all that it serves. */
class LiveScan {
  readonly #world: ScanWorld;
  readonly #command: ScanCommandRequest;
  readonly #context: CliContext;
  readonly #session: string;
  readonly #status: StatusKeeper;
  readonly #readiness: Readiness;
  readonly #look: ScanLook;
  readonly #show: ScanShow;
  readonly #run: ScanRun;

  constructor(world: ScanWorld, command: ScanCommandRequest, context: CliContext) {
    this.#world = world;
    this.#command = command;
    this.#context = context;
    const { source, stateDir } = world;
    this.#session = `${source === 'live' ? 'scan' : source}-${compactStamp(Date.now())}`;
    this.#status = new StatusKeeper({
      stateDir,
      source: { kind: source, name: this.#session },
      onProblem: (text) => this.#notice(text),
    });
    this.#run = new ScanRun(this.#runOptions());
    this.#look = new ScanLook(this.#run, source === 'live' ? 'live' : `${source}, ${world.speed}x`, this.#session);
    this.#readiness = new Readiness(
      this.#run,
      serviceManager(context.env, process.pid, (text) => this.#notice(text)),
    );
    this.#show = this.#makeShow();
    for (const text of this.#early.splice(0)) this.#show.onNotice(text);
  }

  /** Notices from before there was anything to show them. */
  readonly #early: string[] = [];

  async run(interrupt: Interrupt): Promise<void> {
    const { durationMs } = this.#command;
    const desk = new ScanDesk(this.#world.stateDir, this.#run, (text) => this.#notice(text));
    const ending = new AbortController();
    const end = (): void => ending.abort();
    interrupt.signal.addEventListener('abort', end, { once: true });
    const cancel = durationMs === null ? () => {} : this.#world.clock.after(durationMs, end);
    const onHangUp = (): void => this.#reload();
    process.on('SIGHUP', onHangUp);
    try {
      const result = await this.#run.run(ending.signal);
      await this.#conclude(result, interrupt);
    } finally {
      cancel();
      process.off('SIGHUP', onHangUp);
      desk.close();
      this.#readiness.close();
      this.#run.close();
    }
  }

  async #conclude(end: ScanEnd, interrupt: Interrupt): Promise<void> {
    this.#show.close();
    const document = await this.#status.finish(this.#run);
    this.#snapshot(document);
    this.#report(end);
    if (end.killLevel === 'kill') {
      const { latch } = this.#run.ops;
      const reason = latch.kind === 'engaged' ? latch.reason : '';
      throw new CryptorunError('kill_switch_engaged', `stopped by the kill switch at kill: ${reason}`);
    }
    if (end.killLevel === 'drain') this.#context.setExitCode(STOPPED_BY_KILL_SWITCH);
    else if (interrupt.signal.aborted) this.#context.setExitCode(interrupt.exitCode);
    else if (!end.isWhole) this.#context.setExitCode(PARTIAL);
  }

  #snapshot(document: StatusDocument, isDue = this.#run.mayWrite('snapshot')): void {
    if (!isDue) return;
    const { paths, ops } = this.#world.config;
    const { snapshotFilename, retentionDays } = ops.artifacts;
    const nowMs = Date.now();
    writeStatusSnapshot(paths.statusDir, document, nowMs, snapshotFilename);
    pruneSnapshots(paths.statusDir, { retentionDays, nowMs, isDryRun: false });
  }

  #report({ digest, frames, recordedSession, resultsFolder }: ScanEnd): void {
    const { stderr } = this.#context;
    const { record, isQuiet } = this.#command;
    if (isQuiet) return;
    stderr.write(`${grouped(frames)} messages, digest ${digest}\n`);
    if (resultsFolder !== null) stderr.write(`bars and gaps: ${resultsFolder}\n`);
    if (record === null) return;
    // The folder may hold other sessions: of before a reload, of other runs.
    const again = `cryptorun replay ${record.folder} --session ${recordedSession} --verify ${digest}`;
    stderr.write(`journal: ${record.folder} (${again})\n`);
  }

  #runOptions(): ScanRunOptions {
    const { config, source, stateDir, clock, speed, transport } = this.#world;
    const { choice, record } = this.#command;
    const codeVersion = versionOf(this.#context.packageRoot);
    const start = scanStart(config, choice, { session: this.#session, codeVersion });
    return {
      session: this.#session,
      source,
      stateDir,
      start,
      signal: signalSettings(config),
      ops: opsCoreConfig(config.ops),
      defaults: controlDefaults(config),
      providers: [...new Set(Object.values(config.venues).map((venue) => venue.provider))].sort(),
      venues: Object.keys(config.venues).sort(),
      pulseMs: config.ops.scanner.pulseMs,
      clock,
      speed,
      transport,
      queue: queueLimits(start),
      resultsDir: join(config.paths.artifactsDir, source === 'live' ? 'scan' : source, this.#session),
      record,
      openAlerts: () => openAlertDesk(this.#keeping()),
      openHistory: (scanner) => openHistory(this.#keeping(), scanner),
      onNotice: (text) => this.#notice(text),
      onEffect: (effect) => {
        this.#look?.onEffect(effect);
        this.#show?.onEffect(effect);
      },
      onLink: (link) => {
        if (link.state === 'down') this.#look.noteReason(link.venue, link.reason);
        this.#show.onLink(link);
      },
      onSecond: () => {
        this.#status.save(this.#run);
        this.#readiness.look();
      },
      onDrained: () => {
        this.#notice(
          'drained: the open minute is over, all sockets are closed; end the scan when you have seen enough',
        );
        this.#snapshot(this.#status.document(this.#run), true);
      },
    };
  }

  #keeping(): Keeping {
    const { config, source, stateDir } = this.#world;
    const { isJson, isQuiet } = this.#command;
    return {
      config: source === 'live' ? config : consoleOnly(config),
      stateDir,
      env: this.#context.env,
      // Where alerts are shown as events, the same line twice would be one too many.
      print: (line) => (isJson || isQuiet ? this.#notice(line) : undefined),
      onProblem: (text) => this.#notice(text),
    };
  }

  /** All or nothing: what is wrong with the new configuration is told, and the old one stays. */
  #reload(): void {
    try {
      const config = configOf(this.#command.place, this.#context);
      refuseOtherVenues(this.#world.config, config);
      refuseOtherReceivers(this.#world.config, config);
      const codeVersion = versionOf(this.#context.packageRoot);
      const start = scanStart(config, this.#command.choice, { session: this.#session, codeVersion });
      this.#run.reload({ start, ops: opsCoreConfig(config.ops), signal: signalSettings(config) });
      this.#notice(`config reloaded: ${config.configHash.slice(0, 12)}`);
    } catch (error) {
      for (const line of (error as Error).message.split('\n')) this.#notice(line);
      this.#notice('config not reloaded: the one before stays in force');
    }
  }

  #makeShow(): ScanShow {
    const { isJson, isQuiet, isPlain, everyMs } = this.#command;
    const nowMs = () => this.#run.nowMs();
    const isScreen = this.#context.stdout.isTTY === true && !isJson && !isQuiet && !isPlain;
    if (!isScreen) return new LineShow(this.#context, { isJson, isQuiet, nowMs });
    return new ScreenShow(this.#context, { everyMs, nowMs, look: () => this.#look.look() });
  }

  #notice(text: string): void {
    if (this.#show === undefined) this.#early.push(text);
    else this.#show.onNotice(text);
  }
}

/** @throws CryptorunError `bad_config`: connections and books are of the venues and instruments that the scan began with */
function refuseOtherVenues(before: EffectiveConfig, after: EffectiveConfig): void {
  for (const name of ['venues', 'instruments'] as const) {
    if (JSON.stringify(before[name]) !== JSON.stringify(after[name]))
      throw new CryptorunError('bad_config', `${name}.yaml has changed: that takes a restart`);
  }
}

/** @throws CryptorunError `bad_config`: who is told was opened when the scan began */
function refuseOtherReceivers(before: FullConfig, after: FullConfig): void {
  const told = ({ notify, alerts }: FullConfig): string => JSON.stringify([notify, alerts.ladder]);
  if (told(before) !== told(after))
    throw new CryptorunError(
      'bad_config',
      'alerts.yaml: receivers, routes or ladder have changed: that takes a restart',
    );
}

function configOf(place: Pick<ConfigRequest, 'flags'>['flags'], { env, cwd, packageRoot }: CliContext): FullConfig {
  const loaded = loadFullConfig({ flags: place, env, cwd, packageRoot });
  if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
  return loaded.config;
}

function versionOf(packageRoot: string): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
}
