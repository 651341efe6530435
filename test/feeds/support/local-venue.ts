/** A small WebSocket and HTTP server on a free port of loopback, played by a test. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export class LocalVenue {
  readonly #http: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ws = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  /** What a GET is answered with. */
  onGet: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end('{}');
  /** Null: let it in; else what to answer the handshake with; `nothing` leaves it waiting. */
  onUpgrade: (request: IncomingMessage) => string | 'nothing' | null = () => null;
  onSocket: (socket: WebSocket, request: IncomingMessage) => void = () => {};

  private constructor() {
    this.#http = createServer((request, response) => this.onGet(request, response));
    this.#http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#http.on('upgrade', (request, socket, head) => {
      const answer = this.onUpgrade(request);
      if (answer === null) this.#ws.handleUpgrade(request, socket, head, (open) => this.onSocket(open, request));
      else if (answer !== 'nothing') socket.end(answer);
    });
  }

  static async started(): Promise<LocalVenue> {
    const venue = new LocalVenue();
    await new Promise<void>((resolve) => venue.#http.listen(0, '127.0.0.1', resolve));
    return venue;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.port}/stream`;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections of the system that are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** What a peer does that loses its power. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}
