/** Turns the operator's paths into files, in a stable order. Looks at names only to skip hidden ones; opens no file. */

import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { problemOf, type RecordingProblem } from './facts.ts';

export interface Candidate {
  readonly path: string;
  readonly bytes: number;
}

export interface FoundPaths {
  readonly files: readonly Candidate[];
  readonly problems: readonly RecordingProblem[];
}

/** All files of these paths, as given; a folder stands for the files in it, recursively, sorted, hidden ones left out. */
export async function findFiles(paths: readonly string[]): Promise<FoundPaths> {
  const files: Candidate[] = [];
  const problems: RecordingProblem[] = [];
  for (const path of paths) {
    const before = files.length + problems.length;
    await visit(path, { files, problems }, []);
    if (files.length + problems.length > before) continue;
    problems.push(problemOf('no_recordings', path, 'nothing', 'a folder without files', 'give a recording'));
  }
  return { files, problems };
}

interface Found {
  readonly files: Candidate[];
  readonly problems: RecordingProblem[];
}

/** `above`: real paths of the folders that led here, against links that run in circles. */
async function visit(path: string, found: Found, above: readonly string[]): Promise<void> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) await visitFolder(path, found, above);
    else takeFile(path, stats, found);
  } catch (error) {
    found.problems.push(accessProblem(path, error));
  }
}

async function visitFolder(path: string, found: Found, above: readonly string[]): Promise<void> {
  const real = await realpath(path);
  if (above.includes(real)) return;
  const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
  for (const name of names) await visit(join(path, name), found, [...above, real]);
}

function takeFile(path: string, stats: Stats, { files, problems }: Found): void {
  if (!stats.isFile()) problems.push(problemOf('not_a_file', path, 'file', 'not a regular file', 'give a recording'));
  else if (stats.size === 0) problems.push(problemOf('empty', path, 'file', 'an empty file', 'give another file'));
  else files.push({ path, bytes: stats.size });
}

/** What the file system's refusal means for the operator. */
export function accessProblem(path: string, error: unknown): RecordingProblem {
  const code = (error as { code?: unknown }).code;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return problemOf('missing', path, 'file', 'no such file', 'check the path');
  const what = `cannot be read (${error instanceof Error ? error.message : String(error)})`;
  return problemOf('unreadable', path, 'file', what, 'check its permissions');
}
