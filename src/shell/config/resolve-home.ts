/** Says where config and artifacts are, from flags, environment and the current folder. Looks at folders, reads no file. */

import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What the command line may say about config. */
export interface ConfigFlags {
  /** `--config`: a folder, or an ops.yaml. Relative to the current folder. */
  readonly config?: string;
  /** `--output`: folder of status snapshots. Relative to the current folder. */
  readonly output?: string;
  /** `--state`: folder of the running scanner's state. Relative to the current folder. */
  readonly state?: string;
}

export interface ConfigRequest {
  readonly flags: ConfigFlags;
  readonly env: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  /** Folder of the installed package; its own config is the last resort. */
  readonly packageRoot: string;
}

/** Absolute paths. `configDir` is the folder by which files are found that `--config` does not name. */
export interface Home {
  readonly home: string;
  readonly configDir: string;
  readonly artifactsDir: string;
  /** Control store, heartbeat, KILL file: `--state`, else `state` among the artifacts. No config moves it. */
  readonly stateDir: string;
}

/** Absolute paths of the three files; they need not exist. */
export interface ConfigFiles {
  readonly ops: string;
  readonly venues: string;
  readonly instruments: string;
}

/**
 * Finds the home: `CRYPTORUN_HOME`, else the current folder. Config is its `config/`, and where no home is named and the
 * current folder has none, the package's own. `CRYPTORUN_CONFIG` and then a folder given as `--config` win over that.
 * An empty variable counts as not set.
 */
export function resolveHome(request: ConfigRequest): Home {
  const { env, cwd, flags } = request;
  const home = resolve(cwd, env['CRYPTORUN_HOME'] || '.');
  const artifactsDir = join(home, 'artifacts');
  const stateDir = flags.state ? resolve(cwd, flags.state) : join(artifactsDir, 'state');
  return { home, configDir: configDirOf(request, home), artifactsDir, stateDir };
}

function configDirOf(request: ConfigRequest, home: string): string {
  const { env, cwd, flags, packageRoot } = request;
  if (flags.config && !namesFile(resolve(cwd, flags.config))) return resolve(cwd, flags.config);
  if (env['CRYPTORUN_CONFIG']) return resolve(cwd, env['CRYPTORUN_CONFIG']);
  return join(hasNoConfig(request) ? packageRoot : home, 'config');
}

/** A home that was named is taken at its word, also without config. */
function hasNoConfig({ env, cwd }: ConfigRequest): boolean {
  return !env['CRYPTORUN_HOME'] && !isFolder(resolve(cwd, 'config'));
}

/** True when nobody named a configuration and there is none at home: then the package's own holds, which is not the operator's. */
export function isPackageConfig(request: ConfigRequest): boolean {
  return !request.flags.config && !request.env['CRYPTORUN_CONFIG'] && hasNoConfig(request);
}

/** The files to load. Beside an ops.yaml given as `--config` lie the other two, or else they come from `configDir`. */
export function configFiles(request: ConfigRequest): ConfigFiles {
  const { configDir } = resolveHome(request);
  const named = request.flags.config ? resolve(request.cwd, request.flags.config) : null;
  if (named === null || !namesFile(named)) return filesIn(configDir);
  const beside = filesIn(dirname(named));
  const others = filesIn(configDir);
  return {
    ops: named,
    venues: existsSync(beside.venues) ? beside.venues : others.venues,
    instruments: existsSync(beside.instruments) ? beside.instruments : others.instruments,
  };
}

/** Absolute paths of the two files that say what a scanner makes of the markets. */
export interface SignalFiles {
  readonly alerts: string;
  readonly scanner: string;
}

/** Found as the files of `configFiles` are; where there is none, the package's own, so that a home from before has alerts. */
export function signalFiles(request: ConfigRequest): SignalFiles {
  const folders = [dirname(configFiles(request).ops), resolveHome(request).configDir, packageConfig(request)];
  const found = (file: string) => {
    const paths = folders.map((folder) => join(folder, file));
    return paths.find((path) => existsSync(path)) ?? paths.at(-1)!;
  };
  return { alerts: found('alerts.yaml'), scanner: found('scanner.yaml') };
}

function packageConfig({ packageRoot }: ConfigRequest): string {
  return join(packageRoot, 'config');
}

function filesIn(folder: string): ConfigFiles {
  return {
    ops: join(folder, 'ops.yaml'),
    venues: join(folder, 'venues.yaml'),
    instruments: join(folder, 'instruments.yaml'),
  };
}

/** A path that does not exist is a file if it looks like one. */
function namesFile(path: string): boolean {
  return existsSync(path) ? !isFolder(path) : /\.ya?ml$/i.test(path);
}

/** False also where the system will not say: reading the file then tells why. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
