/** A real Alertmanager on a free port of loopback, where one is installed: started, asked, killed. */

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/** Debian's name, and the project's own. */
const NAMES = ['prometheus-alertmanager', 'alertmanager'];

/** The program's path; null: none is installed. */
export function findAlertmanager(path = process.env['PATH'] ?? ''): string | null {
  const files = path.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return files.find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface GettableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

export class Alertmanager {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** @param webhookUrl - where it notifies, at once and of each change */
  static async started(t: TestContext, program: string, webhookUrl: string): Promise<Alertmanager> {
    const folder = mkdtempSync(join(tmpdir(), 'cryptorun-alertmanager-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const config = join(folder, 'config.yml');
    writeFileSync(config, configOf(webhookUrl));
    const port = await freePort();
    const child = spawn(
      program,
      [
        `--config.file=${config}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const alertmanager = new Alertmanager(`http://127.0.0.1:${port}`, child);
    t.after(() => alertmanager.kill());
    await until(async () => (await fetch(`${alertmanager.url}/-/ready`)).ok);
    return alertmanager;
  }

  /** What it holds to be firing now. */
  async alerts(): Promise<GettableAlert[]> {
    const response = await fetch(`${this.url}/api/v2/alerts?active=true`);
    return (await response.json()) as GettableAlert[];
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** Asks again and again, for 10 s at most; an error counts as no. */
export async function until(ask: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!(await Promise.resolve(ask()).catch(() => false))) {
    if (performance.now() > endMs) throw new Error(`waited 10 s for: ${ask.toString()}`);
    await sleep(50);
  }
}

function configOf(webhookUrl: string): string {
  return `
route:
  receiver: test
  group_by: [alertname, venue, instrument]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: test
    webhook_configs:
      - url: ${webhookUrl}
        send_resolved: true
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
