/** The Prometheus text format: families of gauges with their help, escaped. Knows no status. */

/** One sample; all samples of a name have the same help. */
export interface Sample {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Null, NaN: not known; the sample is left out. */
  readonly value: number | null;
}

/**
 * The text, families in the order of their first sample, each with HELP and TYPE. Of two samples with equal names and
 * labels the first stays: a scrape with both would be refused whole.
 *
 * @see prometheus.io/docs/instrumenting/exposition_formats (version 0.0.4)
 */
export function expositionText(samples: readonly Sample[]): string {
  const families = new Map<string, { help: string; series: Map<string, number> }>();
  for (const { name, help, labels, value } of samples) {
    if (value === null || !Number.isFinite(value)) continue;
    const family = families.get(name) ?? { help, series: new Map<string, number>() };
    const series = name + labelsText(labels);
    if (!family.series.has(series)) family.series.set(series, value);
    families.set(name, family);
  }
  const lines = [...families].flatMap(([name, { help, series }]) => [
    `# HELP ${name} ${escaped(help)}`,
    `# TYPE ${name} gauge`,
    ...[...series].map(([key, value]) => `${key} ${value}`),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
