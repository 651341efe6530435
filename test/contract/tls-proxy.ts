/** A certificate for the exchanges' hosts and a CONNECT proxy that takes every one of them to one loopback port. For tests only. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { ROUTED_HOSTS } from '../../src/shell/sim/serve/routes.ts';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Where the certificate lies, for NODE_EXTRA_CA_CERTS. */
  readonly certPath: string;
}

/** Made anew, its own authority, valid for two days. @throws when there is no openssl */
export function makeCertificate(folder: string): Certificate {
  const keyPath = join(folder, 'key.pem');
  const certPath = join(folder, 'cert.pem');
  const names = `subjectAltName=${ROUTED_HOSTS.map((host) => `DNS:${host}`).join(',')}`;
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const files = ['-keyout', keyPath, '-out', certPath];
  const subject = ['-subj', '/CN=simulated venues', '-addext', names];
  execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...subject], { stdio: 'pipe' });
  return { key: readFileSync(keyPath, 'utf8'), cert: readFileSync(certPath, 'utf8'), certPath };
}

export interface Proxy {
  readonly url: string;
  /** `host:port` of every tunnel asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** @param port - where the tunnels end, whatever host they were asked for */
export async function proxyTo(port: number): Promise<Proxy> {
  const asked: string[] = [];
  const tunnels = new Set<Duplex>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, socket, head) => {
    asked.push(request.url ?? '');
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    // Each end takes the other with it: what is half open would keep the server from closing.
    for (const [one, other] of [
      [target, socket],
      [socket, target],
    ] as const) {
      one.on('error', () => one.destroy());
      one.on('close', () => other.destroy());
    }
    tunnels.add(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      for (const tunnel of tunnels) tunnel.destroy();
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
