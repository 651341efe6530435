/** The one table of switch names: ours, the guide's, and where each stands in `ops.yaml`. Holds no switch's state. */

import type { SwitchConfig } from '../ops-config.ts';
import { compareText } from '../status.ts';
import type { QuoteSwitches } from './control.ts';

/** The switches that exist once. For all of them, as for every switch, ON means allowed. */
interface FixedSwitch {
  readonly name: string;
  /** Below `switches` in `ops.yaml`. */
  readonly yamlPath: readonly string[];
  /** True where the file says `disable` or `read only`: there `true` is OFF. */
  readonly isInverted: boolean;
  /** Other names that mean the same, ON being ON. */
  readonly aliases: readonly string[];
  /** Names whose ON would read as forbidden: never taken, only pointed away from. */
  readonly negatives: readonly string[];
}

/** The guide's words: its config keys, the names of `SetEmergencySwitch` (the same) and the rows of its CSV. */
export const FIXED_SWITCHES: readonly FixedSwitch[] = [
  {
    name: 'emergency.scanners',
    yamlPath: ['emergency', 'disable_all_scanners'],
    isInverted: true,
    aliases: ['emergency_scanners'],
    negatives: ['disable_all_scanners'],
  },
  {
    name: 'emergency.live_data',
    yamlPath: ['emergency', 'disable_live_data'],
    isInverted: true,
    aliases: ['emergency_live_data'],
    negatives: ['disable_live_data'],
  },
  {
    name: 'emergency.writes',
    yamlPath: ['emergency', 'read_only_mode'],
    isInverted: true,
    aliases: [],
    // In the guide's CSV this one is ON while writing is allowed; nobody could guess that from its name.
    negatives: ['read_only_mode', 'emergency_readonly'],
  },
  { name: 'alerts', yamlPath: ['alerts'], isInverted: false, aliases: [], negatives: [] },
  { name: 'publish', yamlPath: ['publish'], isInverted: false, aliases: [], negatives: [] },
];

/** A provider's three switches: the types of `SetProviderSwitch`, and their keys in `ops.yaml`. */
export const PROVIDER_PARTS = { enabled: 'enabled', websocket: 'allow_websocket', rest: 'allow_rest' } as const;
export type ProviderPart = keyof typeof PROVIDER_PARTS;

export function providerSwitch(provider: string, part: ProviderPart): string {
  return `provider.${provider}.${part}`;
}

/** @param venue - a venue, or venue and quote (`kraken_usd`) */
export function venueSwitch(venue: string): string {
  return `venue.${venue}`;
}

export function detectorSwitch(id: string): string {
  return `detector.${id}`;
}

/** Turning one of these on again takes authority (`authority.ts`). */
export function isEmergency(name: string): boolean {
  return name.startsWith('emergency.');
}

/**
 * What a typed name means. Says nothing of whether such a provider, venue or detector exists.
 *
 * - `name`: a switch, by its canonical name
 * - `negative`: a name whose ON means forbidden. Turning it round silently would start what the operator meant to stop,
 *   so it is refused, and `message` names the switch to use
 * - `unknown`: no name of ours in any spelling
 */
export type SwitchNameReading =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'negative'; readonly name: string; readonly message: string }
  | { readonly kind: 'unknown' };

/** Reads a canonical name, or another name that means the same. */
export function readSwitchName(text: string): SwitchNameReading {
  for (const { name, aliases, negatives, yamlPath } of FIXED_SWITCHES) {
    if (text === name || aliases.includes(text)) return { kind: 'name', name };
    if (negatives.includes(text) || (negatives.length > 0 && text === yamlPath.join('.'))) {
      return { kind: 'negative', name, message: negativeMessage(text, name) };
    }
  }
  const name = familyName(text);
  return name === null ? { kind: 'unknown' } : { kind: 'name', name };
}

/** The canonical name; null for unknown names and for negative ones (`readSwitchName` tells the two apart). */
export function canonicalName(text: string): string | null {
  const reading = readSwitchName(text);
  return reading.kind === 'name' ? reading.name : null;
}

function negativeMessage(text: string, name: string): string {
  return `${text} is not taken, because on could mean allowed or forbidden: use ${name}, where on means allowed`;
}

const PROVIDER = /^provider\.([\w-]+)(?:\.(enabled|(?:allow_)?websocket|(?:allow_)?rest))?$/;
/** As the CSV has it: `provider_kraken`, `provider_kraken_websocket`. */
const PROVIDER_ROW = /^provider_([\w-]+?)(?:_(websocket|rest))?$/;
const VENUE = /^venue[._]([\w-]+)$/;
const DETECTOR = /^detector\.([\w-]+(?:\.[\w-]+)*)$/;

/** A provider's, venue's or detector's switch; null when it is neither. */
function familyName(text: string): string | null {
  const provider = PROVIDER.exec(text) ?? PROVIDER_ROW.exec(text);
  if (provider !== null) {
    const part = (provider[2] ?? 'enabled').replace('allow_', '');
    return providerSwitch(provider[1]!, part as ProviderPart);
  }
  const venue = VENUE.exec(text);
  if (venue !== null) return venueSwitch(venue[1]!);
  return DETECTOR.test(text) ? text : null;
}

/** Where a switch stands in `ops.yaml`. */
export interface YamlPlace {
  /** Keys from the file's root. */
  readonly path: readonly string[];
  /** True: ON is written `false`. */
  readonly isInverted: boolean;
}

/** Where `switch save` writes a switch; null when it is no canonical name. */
export function yamlPathOf(name: string): YamlPlace | null {
  const fixed = FIXED_SWITCHES.find((entry) => entry.name === name);
  if (fixed !== undefined) return { path: ['switches', ...fixed.yamlPath], isInverted: fixed.isInverted };
  if (canonicalName(name) !== name) return null;
  const [family, ...rest] = name.split('.') as [string, string, ...string[]];
  if (family !== 'provider') return { path: ['switches', `${family}s`, rest.join('.')], isInverted: false };
  const key = PROVIDER_PARTS[rest[1] as ProviderPart];
  return { path: ['switches', 'providers', rest[0]!, key], isInverted: false };
}

/** What exists beside what the switches' config lists, by name. */
export interface KnownNames {
  readonly providers?: readonly string[];
  readonly venues?: readonly string[];
  readonly detectors?: readonly string[];
}

/**
 * Every switch as config has it, sorted by name.
 *
 * @param known - providers and venues that config does not list are off, detectors on (`defaultOf`); a venue of which config
 *   lists a quote is on, as far as its quotes are
 */
export function defaultSwitches(config: SwitchConfig, known: KnownNames = {}): Map<string, boolean> {
  const { emergency, providers, venues, detectors } = config;
  const states = new Map([
    ...unlisted(known),
    ...[...quoteSwitches(config, known.venues ?? []).venueOf.values()].map((venue): State => [venue, true]),
    ['emergency.scanners', !emergency.disableAllScanners],
    ['emergency.live_data', !emergency.disableLiveData],
    ['emergency.writes', !emergency.readOnlyMode],
    ['alerts', config.alerts],
    ['publish', config.publish],
    ...Object.entries(providers).flatMap(([provider, { enabled, allowWebsocket, allowRest }]): State[] => [
      [providerSwitch(provider, 'enabled'), enabled],
      [providerSwitch(provider, 'websocket'), allowWebsocket],
      [providerSwitch(provider, 'rest'), allowRest],
    ]),
    ...Object.entries(venues).map(([venue, isOn]): State => [venueSwitch(venue), isOn]),
    ...Object.entries(detectors).map(([id, isOn]): State => [detectorSwitch(id), isOn]),
  ] satisfies State[]);
  return new Map([...states].sort(([a], [b]) => compareText(a, b)));
}

type State = [name: string, isOn: boolean];

/** @param venues - all that exist, so that `binance_usdm` is not taken for the quote `usdm` of `binance` */
export function quoteSwitches({ venues: listed }: SwitchConfig, venues: readonly string[]): QuoteSwitches {
  const keys = Object.keys(listed).filter((key) => !venues.includes(key));
  const pairs = keys.flatMap((key): [key: string, venue: string][] => {
    const [venue] = venues.filter((one) => key.startsWith(`${one}_`)).sort((a, b) => b.length - a.length);
    return venue === undefined ? [] : [[key, venue]];
  });
  // A venue that is listed as on is so for all its quotes but those that are listed as off.
  const byQuote = pairs.map(([, venue]) => venue).filter((venue) => listed[venue] !== true);
  return {
    venueOf: new Map(pairs.map(([key, venue]) => [venueSwitch(key), venueSwitch(venue)])),
    byQuote: new Set(byQuote.map(venueSwitch)),
  };
}

function unlisted({ providers = [], venues = [], detectors = [] }: KnownNames): State[] {
  const parts = Object.keys(PROVIDER_PARTS) as ProviderPart[];
  const names = [
    ...providers.flatMap((provider) => parts.map((part) => providerSwitch(provider, part))),
    ...venues.map(venueSwitch),
    ...detectors.map(detectorSwitch),
  ];
  return names.map((name) => [name, isOnUnlisted(name)]);
}

/** A switch that config does not list: detectors are ours and on; the outside world is off until somebody lists it. */
export function isOnUnlisted(name: string): boolean {
  return name.startsWith('detector.');
}
