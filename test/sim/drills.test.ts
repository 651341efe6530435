/** The drills that we ship, and how one is read: every family is there, every fault strikes, every problem is told. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { faultsEndMs } from '../../src/shell/sim/drill/drill.ts';
import { FAULT_FIELDS } from '../../src/shell/sim/drill/fields.ts';
import { parseDrill } from '../../src/shell/sim/drill/parse-drill.ts';
import { drillNames, readDrill } from '../../src/shell/sim/drill/read-drills.ts';
import { SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { CoreReader } from './core-reader.ts';
import { drillSchema } from './drill-schema.ts';
import { CLIENTS } from './venue-clients.ts';

const FOLDER = fileURLToPath(new URL('../../config/drills', import.meta.url));
const SCHEMA = fileURLToPath(new URL('../../config/schema/drill.schema.json', import.meta.url));
const START_MS = 1_793_610_890_000;

const GOOD = `about: x
duration_s: 60
faults: [{ kind: gap, at_s: 5, venue: okx, count: 2 }]
expect: { recovers_within_s: 5, counts: { gaps: { at_least: 1 } } }
`;

function problems(text: string): readonly string[] {
  const parsed = parseDrill(text, 'x', 'x.yaml');
  return parsed.kind === 'problems' ? parsed.problems : [];
}

describe('drills', () => {
  const names = drillNames(FOLDER);

  test('there is one for every kind of fault', () => {
    const kinds = new Set(names.flatMap((name) => readDrill(FOLDER, name).faults.map((fault) => fault.kind)));
    assert.deepEqual([...kinds].sort(), Object.keys(FAULT_FIELDS).sort());
  });

  test('each leaves time to recover before it ends', () => {
    for (const name of names) {
      const drill = readDrill(FOLDER, name);
      assert.ok(faultsEndMs(drill) + drill.expect.recoversWithinMs <= drill.durationMs, name);
    }
  });

  for (const name of names) {
    test(`in ${name} every fault strikes somebody who listens to everything`, () => {
      const drill = readDrill(FOLDER, name);
      const world = new SimWorld({ ...drill.world, startMs: START_MS, faults: drill.faults, stepMs: 100 });
      const clients = drill.world.venues.map((venue) => new Client(world, venue));
      const endUs = world.nowUs + faultsEndMs(drill) * 1_000;
      while (world.nowUs < endUs) {
        world.advance(world.nowUs + 500_000);
        for (const client of clients) client.live();
      }
      const missing = drill.faults.map(({ kind }) => kind).filter((kind) => (world.injected[kind] ?? 0) === 0);
      assert.deepEqual(missing, []);
    });
  }
});

/** Listens to BTC, asks REST something every half second, and comes back when it is cut off. */
class Client {
  readonly #world: SimWorld;
  readonly #venue: SimWorld['venues'][number];
  #reader: CoreReader | null = null;

  constructor(world: SimWorld, venue: SimWorld['venues'][number]) {
    this.#world = world;
    this.#venue = venue;
    this.live();
  }

  live(): void {
    if (this.#reader === null || this.#reader.closedWith !== null) this.#connect();
    if (this.#venue === 'okx') this.#reader?.send('ping');
    this.#reader?.session.pong('');
    this.#world.request(this.#venue, 'GET', CLIENTS[this.#venue].timePath, {}, () => {});
  }

  #connect(): void {
    const { path, subscribe } = CLIENTS[this.#venue];
    try {
      this.#reader = new CoreReader(this.#world, this.#venue, path);
    } catch {
      this.#reader = null;
    }
    for (const request of subscribe) this.#reader?.send(request);
  }
}

describe('reading a drill', () => {
  test('converts seconds, fills in what is left out', () => {
    const parsed = parseDrill(GOOD, 'x', 'x.yaml');
    assert.equal(parsed.kind, 'drill');
    if (parsed.kind !== 'drill') return;
    assert.equal(parsed.drill.durationMs, 60_000);
    assert.deepEqual(parsed.drill.faults, [
      { kind: 'gap', atMs: 5_000, forMs: 0, venue: 'okx', symbol: null, channel: null, count: 2 },
    ]);
    assert.deepEqual(parsed.drill.world.venues, ['binance', 'binance_usdm', 'kraken', 'okx']);
    assert.deepEqual(parsed.drill.expect.counts, { gaps: { atLeast: 1, atMost: null } });
  });

  for (const [change, to, problem] of [
    ['kind: gap', 'kind: gpa', /^x\.yaml:3:18 faults\[0\]\.kind: wanted one of drop, .*, found "gpa"$/],
    ['at_s: 5', 'at_s: soon', /^x\.yaml:3:29 faults\[0\]\.at_s: wanted seconds from 0 to 86400, found "soon"$/],
    ['at_s: 5, ', '', /faults\[0\]\.at_s: wanted seconds from 0 to 86400, found nothing$/],
    ['count: 2', 'count: 0', /faults\[0\]\.count: wanted a whole number from 1/],
    ['count: 2', 'counts: 2', /faults\[0\]\.counts: wanted one of the keys at_s, for_s, venue/],
    [
      'venue: okx',
      'venue: okex',
      /faults\[0\]\.venue: wanted one of binance, binance_usdm, kraken, okx, coinbase, .*, found "okex"$/,
    ],
    ['about: x', 'about: 7', /about: wanted a text, found 7$/],
    ['duration_s: 60', 'duration_s: 60\nworld: { assets: 0 }', /world\.assets: wanted a whole number from 1 to 200/],
    ['gaps:', 'gap:', /expect\.counts\.gap: wanted one of the keys gaps, /],
    ['recovers_within_s: 5', 'kill_level: none', /expect\.recovers_within_s: wanted seconds .* found nothing$/],
    ['faults: [', 'faults: [[', /^x\.yaml: /],
  ] as const) {
    test(`tells that ${JSON.stringify(change)} as ${JSON.stringify(to)} is wrong, and the schema agrees`, () => {
      const text = GOOD.replace(change, to);
      assert.notEqual(text, GOOD);
      assert.match(problems(text)[0] ?? 'no problem', problem);
      if (to !== 'faults: [[') assert.ok(!accepts(parse(text)));
    });
  }

  test('tells all problems at once', () => {
    assert.equal(problems(GOOD.replace('gap,', 'x,').replace('duration_s: 60', 'duration_s: 0')).length, 2);
  });
});

describe('the schema of drills', () => {
  test('is made of the table that the parser reads by (UPDATE_GOLDEN=1 writes it)', () => {
    const text = `${JSON.stringify(drillSchema(), null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(SCHEMA, text);
    assert.deepEqual(JSON.parse(readFileSync(SCHEMA, 'utf8')), JSON.parse(text));
  });

  test('accepts every drill that we ship', () => {
    for (const name of drillNames(FOLDER)) {
      assert.ok(accepts(parse(readFileSync(`${FOLDER}/${name}.yaml`, 'utf8'))), name);
    }
  });
});

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, keywords: ['x-unit'] });
const validate = ajv.compile(drillSchema());

function accepts(value: unknown): boolean {
  return validate(value);
}
