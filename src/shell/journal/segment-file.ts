/** The port through which segments are written, and its adapter over the file system. Knows no format. */

import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';

/** One file open for appending. Every method throws the system's error. */
export interface SegmentFile {
  /** Appends; may write less than asked for. @returns bytes written */
  write(bytes: Uint8Array): number;
  truncate(length: number): void;
  sync(): void;
  close(): void;
  /** Deletes the file, which is closed or about to be. */
  remove(): void;
}

export interface SegmentStore {
  /** Makes the folder, 0700, where it is missing; one that exists keeps its mode. */
  makeFolder(path: string): void;
  /** Creates a file, 0600; throws EEXIST rather than touch one that is there. */
  create(path: string): SegmentFile;
}

export const diskStore: SegmentStore = {
  makeFolder(path) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  },
  create(path) {
    // Appending: after `truncate` the next write stands at the new end.
    const fd = openSync(path, 'ax', 0o600);
    return {
      write: (bytes) => writeSync(fd, bytes),
      truncate: (length) => ftruncateSync(fd, length),
      sync: () => fsyncSync(fd),
      close: () => closeSync(fd),
      remove: () => rmSync(path, { force: true }),
    };
  },
};
