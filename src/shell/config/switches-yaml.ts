/**
 * Writes switches into ops.yaml (`switch save`): only their `true` and `false` change, every other byte stays. Refuses a
 * file that has problems, that is the package's own, or that somebody changed meanwhile.
 */

import { chownSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { yamlPathOf } from '../../core/ops/control/switch-names.ts';
import { CryptorunError } from '../errors.ts';
import { isMapping } from './check/section.ts';
import type { ConfigValues } from './effective-config.ts';
import { loadConfig } from './load-config.ts';
import { problemText } from './problem.ts';
import { shownPath } from './read-sections.ts';
import type { ConfigRequest } from './resolve-home.ts';
import { configFiles, isPackageConfig } from './resolve-home.ts';
import { EditedLines } from './yaml/edited-lines.ts';
import { setBoolean } from './yaml/set-boolean.ts';

/** A change that is worked out and checked, and not written yet. */
export interface SwitchSave {
  /** The file itself, where `--config` names a link to it. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** What changes, as `diff -u` shows it; '' when the file says all of it already. */
  readonly diff: string;
}

/** Puts a whole file in the place of another, `mode` whatever the umask says. */
export type ReplaceFile = (path: string, content: string, options: { readonly mode: number }) => void;

/** A switch as the file has it: `value` is already turned round where the file says `disable`. */
interface Setting {
  readonly path: readonly string[];
  readonly value: boolean;
}

/**
 * Works out what saving would change. Writes nothing.
 *
 * @param switches - by canonical name; true is ON, which means allowed
 * @throws CryptorunError `bad_config` with all problems of the configuration as it is; `usage` for a name that is no
 * switch; `precondition_failed` where the file cannot be changed by these values alone
 */
export function prepareSwitchSave(request: ConfigRequest, switches: ReadonlyMap<string, boolean>): SwitchSave {
  if (isPackageConfig(request)) throw refusal('there is no ops.yaml of yours: copy config/ of the package here first');
  const { ops } = configFiles(request);
  const file = shownPath(ops, request.cwd);
  // Read before it is checked, so that a change in between is one that `commitSwitchSave` sees.
  const before = textOf(ops);
  const values = valuesOf(request);
  const settings = withWholeProviders([...switches].map(settingOf), values);
  const lines = new EditedLines(before);
  for (const { path, value } of settings) {
    if (!setBoolean(lines, path, value)) throw refusal(`${file} ${path.join('.')}: stands under an anchor; ${BY_HAND}`);
  }
  const after = lines.text;
  if (!saysExactly(after, ops, request, values, settings)) throw refusal(`${file}: is written unusually; ${BY_HAND}`);
  return { path: realpathSync(ops), before, after, diff: lines.diff(file) };
}

const BY_HAND = 'change it by hand (`switch diff` shows what)';

/**
 * Writes a prepared change, in one step; mode, and owner where this user may, stay.
 *
 * @throws CryptorunError `precondition_failed` when the file is no longer what it was; what `replaceFile` throws
 */
export function commitSwitchSave(save: SwitchSave, replaceFile: ReplaceFile): void {
  if (textOf(save.path) !== save.before) throw refusal(`${save.path}: somebody changed it meanwhile; try again`);
  if (save.after === save.before) return;
  const { mode, uid, gid } = statSync(save.path);
  replaceFile(save.path, save.after, { mode: mode & 0o777 });
  keepOwner(save.path, uid, gid);
}

/** Else a file that root saves for the scanner's user would be one that the scanner cannot read. */
function keepOwner(path: string, uid: number, gid: number): void {
  const now = statSync(path);
  if (now.uid === uid && now.gid === gid) return;
  try {
    chownSync(path, uid, gid);
  } catch {
    // Only root may give files away. The file is whole, and readable as far as its mode says.
  }
}

function textOf(path: string): string {
  try {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(readFileSync(path));
  } catch (cause) {
    throw refusal(`${path}: cannot be read`, cause);
  }
}

function valuesOf(request: ConfigRequest): ConfigValues {
  const loaded = loadConfig(request);
  if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
  return loaded.values;
}

function settingOf([name, isOn]: readonly [name: string, isOn: boolean]): Setting {
  const place = yamlPathOf(name);
  if (place === null) throw new CryptorunError('usage', `${name}: is no switch`);
  return { path: place.path, value: isOn !== place.isInverted };
}

const PROVIDER_KEYS = ['enabled', 'allow_websocket', 'allow_rest'];

/** A provider that was not listed is off in all parts; listed with one key, its other parts would be on by default. */
function withWholeProviders(settings: readonly Setting[], values: ConfigValues): Setting[] {
  const whole = settings.flatMap((setting): Setting[] => {
    const [, family, provider] = setting.path;
    if (family !== 'providers' || mappingAt(values.ops, setting.path.slice(0, 3)) !== null) return [setting];
    const parts = PROVIDER_KEYS.map((key) => ['switches', family, provider!, key]);
    return parts.map((path) => settings.find((one) => isDeepStrictEqual(one.path, path)) ?? { path, value: false });
  });
  return [...new Map(whole.map((setting) => [JSON.stringify(setting.path), setting])).values()];
}

/** The proof: loading the new text gives the old values, but for the settings. */
function saysExactly(
  text: string,
  path: string,
  request: ConfigRequest,
  values: ConfigValues,
  settings: readonly Setting[],
): boolean {
  const loaded = loadConfig(request, new Map([[path, text]]));
  if (!loaded.ok) return false;
  const expected = structuredClone(values);
  for (const setting of settings) setAt(expected.ops, setting);
  return isDeepStrictEqual(loaded.values, expected);
}

function setAt(root: unknown, { path, value }: Setting): void {
  let mapping = root as { [key: string]: unknown };
  for (const key of path.slice(0, -1)) {
    mapping[key] ??= {};
    mapping = mapping[key] as { [key: string]: unknown };
  }
  mapping[path.at(-1)!] = value;
}

function mappingAt(root: unknown, path: readonly string[]): object | null {
  let value = root;
  for (const key of path) value = isMapping(value) && Object.hasOwn(value, key) ? value[key] : null;
  return isMapping(value) ? value : null;
}

function refusal(message: string, cause?: unknown): CryptorunError {
  return new CryptorunError('precondition_failed', message, { cause });
}
