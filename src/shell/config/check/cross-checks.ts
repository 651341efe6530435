/** Checks that no schema can say: one value against another, one file against another. Takes half-broken input as it comes. */

import type { ConfigProblem } from '../problem.ts';
import { quoted } from '../problem.ts';
import { nearestWord } from './did-you-mean.ts';
import type { Finding, Section, Sections } from './section.ts';
import { keysAt, numberAt, problemAt, textAt, valueAt } from './section.ts';

/** Everything that does not fit together. Names are compared only where the section that declares them could be read. */
export function crossProblems(sections: Sections): ConfigProblem[] {
  return [
    ...orderProblems(sections.ops),
    ...openTimeProblems(sections.ops),
    ...counterProblems(sections.ops),
    ...providerProblems(sections),
    ...venueSwitchProblems(sections),
    ...venueProblems(sections.venues),
    ...listingProblems(sections),
  ];
}

type Rule = readonly [lesser: string, relation: 'at most' | 'less than', greater: string];

const OPS_RULES: readonly Rule[] = [
  ['kpi.thresholds.error_rate_warn', 'at most', 'kpi.thresholds.error_rate_critical'],
  ['kpi.thresholds.cache_hit_rate_critical', 'at most', 'kpi.thresholds.cache_hit_rate_warn'],
  ['kpi.thresholds.requests_per_min_warn', 'at most', 'kpi.thresholds.requests_per_min_critical'],
  ['kpi.thresholds.message_rate_critical_per_second', 'at most', 'kpi.thresholds.message_rate_warn_per_second'],
  ['kpi.thresholds.lag_warn_ms', 'at most', 'kpi.thresholds.lag_critical_ms'],
  ['kpi.thresholds.gaps_warn_per_hour', 'at most', 'kpi.thresholds.gaps_critical_per_hour'],
  ['kpi.thresholds.p1_alerts_warn_count', 'at most', 'kpi.thresholds.p1_alerts_critical_count'],
  ['kpi.thresholds.open_breakers_warn_count', 'at most', 'kpi.thresholds.open_breakers_critical_count'],
  ['kpi.thresholds.healthy_venues_critical_ratio', 'at most', 'kpi.thresholds.healthy_venues_warn_ratio'],
  ['guards.budget.soft_warn_percent', 'less than', 'guards.budget.hard_stop_percent'],
  ['health.memory_warn_ratio', 'at most', 'health.memory_critical_ratio'],
  ['health.disk_free_critical_bytes', 'at most', 'health.disk_free_warn_bytes'],
  ['health.response_warn_ms', 'at most', 'health.response_critical_ms'],
  ['health.caps.data_lag_c_seconds', 'at most', 'health.caps.data_lag_d_seconds'],
  ['health.caps.errors_c_per_hour', 'at most', 'health.caps.errors_d_per_hour'],
  ['scanner.watermark_delay_ms', 'at most', 'scanner.late_grace_ms'],
];

function orderProblems(ops: Section): ConfigProblem[] {
  return OPS_RULES.flatMap((rule) => orderProblem(ops, [], rule));
}

/** A provider's entry has what it leaves out from `default`, so the two times may stand in different places. */
function openTimeProblems(ops: Section): ConfigProblem[] {
  const common = ['breakers', 'default'];
  const has = (entry: string[], key: string) => numberAt(ops.data, [...entry, key]) !== null;
  const entries = keysAt(ops.data, ['breakers', 'providers'])
    .map((provider) => ['breakers', 'providers', provider])
    .filter((entry) => has(entry, 'open_seconds') || has(entry, 'max_open_seconds'));
  const ofDefault = unordered(ops, [...common, 'open_seconds'], 'at most', [...common, 'max_open_seconds']);
  // What an entry says for itself is to blame, not what it takes from `default`.
  const own: Section = { ...ops, isWritten: (path) => path[1] !== 'default' && ops.isWritten(path) };
  const ofEntries = entries.flatMap((entry) => {
    const pathOf = (key: string) => [...(has(entry, key) ? entry : common), key];
    return unordered(own, pathOf('open_seconds'), 'at most', pathOf('max_open_seconds'));
  });
  return [...ofDefault, ...ofEntries];
}

const COUNTER_KEYS = ['counter_max', 'counter_decay_per_second'];

/** A counter that never falls would block its provider for good; a fall without a counter means a forgotten limit. */
function counterProblems(ops: Section): ConfigProblem[] {
  const place = ['guards', 'budget', 'providers'];
  return keysAt(ops.data, place).flatMap((provider) => {
    const [given, other] = COUNTER_KEYS.filter((key) => numberAt(ops.data, [...place, provider, key]) !== null);
    if (given === undefined || other !== undefined) return [];
    const missing = COUNTER_KEYS.find((key) => key !== given);
    const path = [...place, provider, given];
    return [problemAt(ops, { path, on: 'key', wanted: `${missing} beside it`, found: 'none' })];
  });
}

function orderProblem(section: Section, at: readonly string[], [lesser, relation, greater]: Rule): ConfigProblem[] {
  return unordered(section, [...at, ...lesser.split('.')], relation, [...at, ...greater.split('.')]);
}

/** Whether two numbers of a section are in order. Tells it of the value that was written, if the other one is a default. */
export function unordered(
  section: Section,
  lowPath: readonly string[],
  relation: Rule[1],
  highPath: readonly string[],
): ConfigProblem[] {
  const low = numberAt(section.data, lowPath);
  const high = numberAt(section.data, highPath);
  if (low === null || high === null || low < high || (low === high && relation === 'at most')) return [];
  const isLowToBlame = section.isWritten(lowPath) || !section.isWritten(highPath);
  const [path, found, otherPath, other] = isLowToBlame
    ? [lowPath, low, highPath, high]
    : [highPath, high, lowPath, low];
  const words = isLowToBlame ? relation : relation === 'at most' ? 'at least' : 'more than';
  const origin = section.isWritten(otherPath) ? '' : ', the default';
  const wanted = `${words} ${otherPath.at(-1)} (${other}${origin})`;
  return [problemAt(section, { path, on: 'value', wanted, found: String(found) })];
}

function providerProblems({ ops, venues }: Sections): ConfigProblem[] {
  const providers = providersOf(venues);
  if (providers.length === 0) return [];
  const places = [
    ['switches', 'providers'],
    ['guards', 'budget', 'providers'],
    ['guards', 'call_quota', 'providers'],
    ['breakers', 'providers'],
  ];
  return places.flatMap((place) =>
    keysAt(ops.data, place)
      .filter((key) => !providers.includes(key))
      .map((key) => problemAt(ops, unknownName([...place, key], 'a provider of venues.yaml', providers))),
  );
}

function providersOf(venues: Section): string[] {
  const names = keysAt(venues.data, ['venues']).map((venue) => textAt(venues.data, ['venues', venue, 'provider']));
  return [...new Set(names.filter((name) => name !== null))].sort();
}

/** Quotes that a venue switch may name though no instrument of ours has them. `usd` is in the operations guide's own file. */
const COMMON_QUOTES = ['usd', 'usdt', 'usdc', 'eur', 'gbp', 'btc', 'eth'];

function venueSwitchProblems({ ops, venues, instruments }: Sections): ConfigProblem[] {
  const known = keysAt(venues.data, ['venues']);
  if (known.length === 0) return [];
  const ids = keysAt(instruments.data, ['instruments']);
  const listed = ids.map((id) => textAt(instruments.data, ['instruments', id, 'quote'])?.toLowerCase() ?? 'usd');
  const quotes = [...new Set([...COMMON_QUOTES, ...listed])];
  const names = known.flatMap((venue) => [venue, ...quotes.map((quote) => `${venue}_${quote}`)]);
  return keysAt(ops.data, ['switches', 'venues'])
    .filter((key) => !names.includes(key))
    .map((key) => {
      const wanted = 'a venue of venues.yaml, or venue_quote';
      return problemAt(ops, unknownName(['switches', 'venues', key], wanted, names));
    });
}

const VENUE_RULES: readonly Rule[] = [
  ['reconnect.initial_ms', 'at most', 'reconnect.cap_ms'],
  ['reconnect.rotate_jitter_ms', 'less than', 'reconnect.rotate_after_ms'],
];

function venueProblems(venues: Section): ConfigProblem[] {
  return keysAt(venues.data, ['venues']).flatMap((venue) =>
    VENUE_RULES.flatMap((rule) => orderProblem(venues, ['venues', venue], rule)),
  );
}

function listingProblems(sections: Sections): ConfigProblem[] {
  const { instruments } = sections;
  const seen = new Map<string, string>();
  return keysAt(instruments.data, ['instruments']).flatMap((id) =>
    keysAt(instruments.data, ['instruments', id, 'venues']).flatMap((venue) => [
      ...unknownVenue(sections, id, venue),
      ...contractProblem(instruments, id, venue),
      ...depthProblem(sections, id, venue),
      ...symbolProblems(instruments, id, venue, seen),
    ]),
  );
}

function listingPath(id: string, venue: string): string[] {
  return ['instruments', id, 'venues', venue];
}

function unknownVenue({ instruments, venues }: Sections, id: string, venue: string): ConfigProblem[] {
  const known = keysAt(venues.data, ['venues']);
  if (known.length === 0 || known.includes(venue)) return [];
  return [problemAt(instruments, unknownName(listingPath(id, venue), 'a venue of venues.yaml', known))];
}

/** Sizes of derivatives mean different things on different venues, so nobody may leave that open by accident. */
function contractProblem(instruments: Section, id: string, venue: string): ConfigProblem[] {
  const path = listingPath(id, venue);
  const type = textAt(instruments.data, ['instruments', id, 'type']);
  const contract = valueAt(instruments.data, [...path, 'contract']);
  const kind = textAt(contract, ['kind']);
  if ((type === 'perpetual' || type === 'future') && contract === undefined) {
    const wanted = `the key "contract", as the type is ${type}`;
    return [problemAt(instruments, { path, on: 'key', wanted, found: 'no such key' })];
  }
  if (type === 'spot' && (kind === 'linear' || kind === 'inverse')) {
    const finding = {
      path: [...path, 'contract', 'kind'],
      on: 'value',
      wanted: 'base, as the type is spot',
      found: kind,
    } as const;
    return [problemAt(instruments, finding)];
  }
  return [];
}

function depthProblem({ instruments, venues }: Sections, id: string, venue: string): ConfigProblem[] {
  const path = [...listingPath(id, venue), 'depth'];
  const depth = numberAt(instruments.data, path);
  const levels = valueAt(venues.data, ['venues', venue, 'depth_levels']);
  if (depth === null || !Array.isArray(levels) || levels.includes(depth)) return [];
  return [
    problemAt(instruments, {
      path,
      on: 'value',
      wanted: `a depth of ${venue}: ${levels.join(', ')}`,
      found: String(depth),
    }),
  ];
}

function symbolProblems(instruments: Section, id: string, venue: string, seen: Map<string, string>): ConfigProblem[] {
  return spellings(instruments, listingPath(id, venue)).flatMap(({ path, symbol }) => {
    const key = `${venue} ${symbol}`;
    const owner = seen.get(key);
    seen.set(key, owner ?? id);
    if (owner === undefined) return [];
    const wanted = `a symbol used once on ${venue}`;
    return [
      problemAt(instruments, { path, on: 'value', wanted, found: `${quoted(symbol)}, which ${owner} has already` }),
    ];
  });
}

/** The symbol and aliases of a listing, as far as they are text, with the path of each. */
function spellings(instruments: Section, listing: readonly string[]): { path: string[]; symbol: string }[] {
  const aliases = valueAt(instruments.data, [...listing, 'aliases']);
  const candidates = [
    { path: [...listing, 'symbol'], symbol: valueAt(instruments.data, [...listing, 'symbol']) },
    ...(Array.isArray(aliases) ? aliases : []).map((symbol: unknown, i) => ({
      path: [...listing, 'aliases', String(i)],
      symbol,
    })),
  ];
  return candidates.flatMap(({ path, symbol }) => (typeof symbol === 'string' ? [{ path, symbol }] : []));
}

function unknownName(path: readonly string[], wanted: string, known: readonly string[]): Finding {
  const name = path.at(-1)!;
  return { path, on: 'key', wanted, found: quoted(name), hint: nearestWord(name, known) };
}
