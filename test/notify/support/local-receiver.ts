/** A receiver of notifications on a free port of loopback: answers as a test says, checks each body against the provider's schema. */

import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Provider, problemsOf } from './provider-schemas.ts';

export interface Received {
  readonly path: string;
  readonly contentType: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** What to do with a request: answer it, or leave it hanging. */
export type Play = (response: ServerResponse, n: number) => void;

export class LocalReceiver {
  readonly #http: Server;
  readonly received: Received[] = [];
  /** What the provider's schema has against bodies that came. */
  readonly problems: string[] = [];
  play: Play = accept;

  private constructor(provider: Provider | null) {
    this.#http = createServer((request, response) => void this.#take(provider, request, response));
  }

  /** @param provider - null: any body will do */
  static async started(provider: Provider | null = null): Promise<LocalReceiver> {
    const receiver = new LocalReceiver(provider);
    await new Promise<void>((resolve) => receiver.#http.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #take(provider: Provider | null, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const body: unknown = JSON.parse(text);
    const { url: path = '', headers } = request;
    const n = this.received.push({ path, contentType: headers['content-type'] ?? '', headers, body }) - 1;
    const bodies = provider === 'cloudevents-1.0' && Array.isArray(body) ? body : [body];
    if (provider !== null) this.problems.push(...bodies.flatMap((one) => problemsOf(provider, one)));
    this.play(response, n);
  }
}

export function accept(response: ServerResponse): void {
  response.writeHead(202).end('{"status":"success"}');
}

export function refuse(status: number, text = '', headers: Record<string, string> = {}): Play {
  return (response) => void response.writeHead(status, headers).end(text);
}

/** Keeps the connection and says nothing. */
export function hang(): void {}
