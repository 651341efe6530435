/** The transport over real sockets: `ws` for streams, the platform's `fetch` for requests. Loaded only by what connects. */

import type { Clock, RestReply, RestRequest, Socket, SocketListener, SocketRequest, Transport } from '../transport.ts';
import { RestRequests } from './rest-requests.ts';
import { WsSocket } from './ws-socket.ts';

export class WsTransport implements Transport {
  readonly #clock: Clock;
  readonly #userAgent: string;
  readonly #sockets = new Set<WsSocket>();
  readonly #requests: RestRequests;

  /**
   * @param clock - deadlines are counted in its ms
   * @param userAgent - some venues refuse who has none
   */
  constructor(clock: Clock, userAgent: string) {
    this.#clock = clock;
    this.#userAgent = userAgent;
    this.#requests = new RestRequests(clock, userAgent);
  }

  open(request: SocketRequest, listener: SocketListener): Socket {
    const socket = new WsSocket(request, listener, {
      clock: this.#clock,
      userAgent: this.#userAgent,
      onGone: () => this.#sockets.delete(socket),
    });
    this.#sockets.add(socket);
    return socket;
  }

  get(request: RestRequest, onReply: (reply: RestReply) => void): void {
    this.#requests.get(request, onReply);
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
    this.#requests.close();
  }
}
