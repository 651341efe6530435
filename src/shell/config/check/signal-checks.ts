/** What no schema can say of alerts.yaml and scanner.yaml: names that must exist, limits in order, receivers that can be reached. */

import { OPS_SERIES } from '../../../core/ops/run/readings.ts';
import { GAP_SERIES } from '../../../core/signal/detect/series.ts';
import { METRICS } from '../../../core/signal/surveillance/metric.ts';
import type { ConfigProblem } from '../problem.ts';
import { quoted } from '../problem.ts';
import { unordered } from './cross-checks.ts';
import { nearestWord } from './did-you-mean.ts';
import { receiverProblems } from './receiver-checks.ts';
import type { AllSections, Section } from './section.ts';
import { keysAt, numberAt, problemAt, textAt, valueAt } from './section.ts';

const MARKET_SERIES: readonly string[] = [...METRICS, GAP_SERIES];
const SERIES: readonly string[] = [...MARKET_SERIES, ...OPS_SERIES];

/**
 * @param isOwn - false: the alerts are the package's, whose thresholds may name instruments that the operator has not
 */
export function signalProblems(sections: AllSections, isOwn: boolean): ConfigProblem[] {
  const { alerts, scanner } = sections;
  const types = keysAt(alerts.data, ['types']);
  return [
    ...types.flatMap((type) => typeProblems(sections, type, isOwn)),
    ...ladderProblems(alerts),
    ...keysAt(alerts.data, ['receivers']).flatMap((name) => receiverProblems(alerts, name)),
    ...keysAt(alerts.data, ['routes']).flatMap((name) => routeProblems(sections, name)),
    ...windowProblems(scanner),
  ];
}

function typeProblems(sections: AllSections, type: string, isOwn: boolean): ConfigProblem[] {
  return [
    ...metricProblems(sections.alerts, type),
    ...zscoreProblems(sections, type),
    ...escalationProblems(sections.alerts, type),
    ...(isOwn ? instrumentProblems(sections, type) : []),
  ];
}

function metricProblems(alerts: Section, type: string): ConfigProblem[] {
  const path = ['types', type, 'metric'];
  const metric = textAt(alerts.data, path);
  return metric === null ? [] : unknownWord(alerts, path, metric, 'a metric or a series of the run', SERIES);
}

/** A rule that asks for a z-score which nobody makes, or names no limit for it, could never begin. */
function zscoreProblems({ alerts, scanner }: AllSections, type: string): ConfigProblem[] {
  const at = (...keys: string[]) => ['types', type, ...keys];
  if (valueAt(alerts.data, at('requires_zscore')) !== true) return [];
  const missing = keysAt(alerts.data, at('thresholds'))
    .filter((key) => numberAt(alerts.data, at('thresholds', key, 'zscore')) === null)
    .map((key) => {
      const wanted = 'the key "zscore", as the type requires one';
      return problemAt(alerts, { path: at('thresholds', key), on: 'key', wanted, found: 'no such key' });
    });
  const metric = textAt(alerts.data, at('metric'));
  const scored = valueAt(scanner.data, ['surveillance', 'zscore', 'metrics']);
  if (metric === null || !Array.isArray(scored) || scored.includes(metric)) return missing;
  const wanted = `false, or ${metric} among surveillance.zscore.metrics (${scanner.file})`;
  return [problemAt(alerts, { path: at('requires_zscore'), on: 'value', wanted, found: 'true' }), ...missing];
}

function escalationProblems(alerts: Section, type: string): ConfigProblem[] {
  const path = ['types', type, 'escalates_to'];
  const target = textAt(alerts.data, path);
  if (target === null) return [];
  const types = keysAt(alerts.data, ['types']);
  if (!types.includes(target)) return unknownWord(alerts, path, target, 'another type', types);
  if (comesBack(alerts, type)) {
    return [problemAt(alerts, { path, on: 'value', wanted: 'a type that does not lead back', found: quoted(target) })];
  }
  for (const key of ['metric', 'condition']) {
    const [own, other] = [type, target].map((name) => textAt(alerts.data, ['types', name, key]));
    if (own === other) continue;
    const wanted = `a type with the same ${key} (${own})`;
    return [problemAt(alerts, { path, on: 'value', wanted, found: `${quoted(target)}, whose ${key} is ${other}` })];
  }
  return limitProblems(alerts, type, target);
}

function comesBack(alerts: Section, type: string): boolean {
  const seen = new Set<string>();
  for (let at: string | null = type; at !== null; at = textAt(alerts.data, ['types', at, 'escalates_to'])) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

/** The limit that carries an alert on must lie beyond its own, else it never does, or at once. */
function limitProblems(alerts: Section, type: string, target: string): ConfigProblem[] {
  const limitsOf = (name: string) => ['types', name, 'thresholds'];
  const condition = textAt(alerts.data, ['types', type, 'condition']) ?? '';
  const keys = keysAt(alerts.data, limitsOf(type)).filter((key) => keysAt(alerts.data, limitsOf(target)).includes(key));
  return keys.flatMap((key) => {
    const path = [...limitsOf(target), key, 'threshold'];
    const own = numberAt(alerts.data, [...limitsOf(type), key, 'threshold']);
    const other = numberAt(alerts.data, path);
    if (own === null || other === null) return [];
    const isBelow = condition === 'lt' || condition === 'abs_lt';
    if (isBelow ? other <= own : other >= own) return [];
    const wanted = `at ${isBelow ? 'most' : 'least'} that of ${type} (${own}), which escalates to it`;
    return [problemAt(alerts, { path, on: 'value', wanted, found: String(other) })];
  });
}

function instrumentProblems({ alerts, instruments }: AllSections, type: string): ConfigProblem[] {
  const metric = textAt(alerts.data, ['types', type, 'metric']) ?? '';
  const ids = keysAt(instruments.data, ['instruments']);
  // What a series of the run is about, a guard or a breaker, is no instrument.
  if (!MARKET_SERIES.includes(metric) || ids.length === 0) return [];
  const place = ['types', type, 'thresholds'];
  return keysAt(alerts.data, place)
    .filter((key) => key !== '*' && !ids.includes(key))
    .map((key) => {
      const wanted = 'an instrument of instruments.yaml, or "*"';
      return problemAt(alerts, {
        path: [...place, key],
        on: 'key',
        wanted,
        found: quoted(key),
        hint: nearestWord(key, ids),
      });
    });
}

function ladderProblems(alerts: Section): ConfigProblem[] {
  let before = -1;
  return keysAt(alerts.data, ['ladder']).flatMap((step) => {
    const path = ['ladder', step, 'after_seconds'];
    const after = numberAt(alerts.data, path);
    const known = receiverNames(alerts, ['ladder', step, 'receivers']);
    if (after === null) return known;
    const wanted = before < 0 ? '0, as it is the first step' : `more than ${before}, the step before`;
    const isRight = before < 0 ? after === 0 : after > before;
    before = Math.max(before, after);
    return isRight ? known : [problemAt(alerts, { path, on: 'value', wanted, found: String(after) }), ...known];
  });
}

function routeProblems({ alerts, venues }: AllSections, name: string): ConfigProblem[] {
  const place = ['routes', name];
  const listed = keysAt(venues.data, ['venues']);
  const providers = listed.flatMap((venue) => textAt(venues.data, ['venues', venue, 'provider']) ?? []);
  return [
    ...receiverNames(alerts, [...place, 'receivers']),
    ...unknownItems(alerts, [...place, 'types'], 'a type', keysAt(alerts.data, ['types'])),
    ...(listed.length === 0
      ? []
      : unknownItems(alerts, [...place, 'venues'], 'a venue of venues.yaml', [...new Set([...listed, ...providers])])),
  ];
}

function receiverNames(alerts: Section, path: readonly string[]): ConfigProblem[] {
  return unknownItems(alerts, path, 'a receiver', keysAt(alerts.data, ['receivers']));
}

function windowProblems(scanner: Section): ConfigProblem[] {
  const at = (key: string) => ['surveillance', 'zscore', key];
  return unordered(scanner, at('min_samples'), 'at most', at('window_samples'));
}

function unknownItems(
  section: Section,
  path: readonly string[],
  wanted: string,
  known: readonly string[],
): ConfigProblem[] {
  const items = valueAt(section.data, path);
  if (!Array.isArray(items)) return [];
  return items.flatMap((item, i) =>
    typeof item === 'string' ? unknownWord(section, [...path, String(i)], item, wanted, known) : [],
  );
}

function unknownWord(
  section: Section,
  path: readonly string[],
  word: string,
  wanted: string,
  known: readonly string[],
): ConfigProblem[] {
  if (known.includes(word)) return [];
  return [problemAt(section, { path, on: 'value', wanted, found: quoted(word), hint: nearestWord(word, known) })];
}
