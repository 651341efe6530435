/**
 * A simulated world: one seeded market behind several venues, and a script of faults. Moves only when told to, and knows neither
 * sockets nor a clock: the same seed and the same client messages at the same times give the same bytes.
 */

import { Prng } from '../../../core/base/prng.ts';
import { BybitEdge } from '../venues/bybit/bybit-edge.ts';
import type { SimAnswer, SimBook, SimPeer, SimReply, SimVenue, SimVenueName } from '../venues/sim-venue.ts';
import { strippedText } from '../wire-text.ts';
import { AssetPrices, type RegimeName } from './asset-prices.ts';
import type { Fault, FaultKind } from './fault.ts';
import { FaultLine } from './fault-line.ts';
import { FaultScript } from './fault-script.ts';
import { type SimAsset, simAssets } from './listings.ts';
import { buildVenue, type ListedMarket } from './venue-builder.ts';
import { VenueFaults } from './venue-faults.ts';

/** What a world has that is not told otherwise. */
export const USUAL_VENUES: readonly SimVenueName[] = ['binance', 'binance_usdm', 'kraken', 'okx'];

/** What a world may have. */
export const SIM_VENUES: readonly SimVenueName[] = [...USUAL_VENUES, 'coinbase', 'bybit_spot', 'bybit_linear'];

export interface SimWorldOptions {
  readonly seed: string | number;
  /** Ms since the epoch, a multiple of 1000. */
  readonly startMs: number;
  /** Default: `USUAL_VENUES`. */
  readonly venues?: readonly SimVenueName[];
  /** How many assets are listed everywhere: BTC, ETH, SOL, XRP, DOGE, ADA … Default 3. */
  readonly assets?: number;
  /** Default `calm`. */
  readonly regime?: RegimeName;
  /** Length of a step, which divides 100. A longer one is cheaper and coarser. Default 10. */
  readonly stepMs?: 10 | 20 | 50 | 100;
  /** Of orders and trades, against the usual. Default 1. */
  readonly activity?: number;
  /** Default: none. */
  readonly faults?: readonly Fault[];
  /** Binance USD-M also serves the paths of before 2026-04-23. Default false. */
  readonly servesUnrouted?: boolean;
  /** OKX: whether `books` begins with a snapshot, as it still did in August 2026. Default true. */
  readonly okxSendsSnapshot?: boolean;
}

/** One level, without zeros at the end, in the venue's size unit. */
export type LevelText = readonly [price: string, size: string];

/** A venue's true book at a moment: best levels first. */
export interface BookTruthText {
  readonly bids: readonly LevelText[];
  readonly asks: readonly LevelText[];
  /** Binance: update id; OKX: seqId; Bybit: `u` at depth 200; Kraken and Coinbase: null. */
  readonly lastId: number | null;
}

/** How a request ends. `lost`: never answered, the client's own deadline has to end it. */
export type SimOutcome =
  | { readonly kind: 'answered'; readonly reply: SimReply }
  | { readonly kind: 'lost' }
  | { readonly kind: 'reset' };

/** Whose limits a client counts against if it does not say. */
const LOCAL = 'client';

export class SimWorld {
  readonly stepMs: number;
  readonly startMs: number;
  readonly script: FaultScript;
  readonly #prices: AssetPrices;
  readonly #venues = new Map<SimVenueName, SimVenue>();
  readonly #markets: ListedMarket[] = [];
  readonly #faults: VenueFaults;
  readonly #lines = new Set<FaultLine>();
  readonly #busy = new Set<FaultLine>();
  readonly #bybitEdge = new BybitEdge();
  #nowUs: number;

  constructor(options: SimWorldOptions) {
    const prng = new Prng(options.seed);
    this.startMs = options.startMs;
    this.stepMs = options.stepMs ?? 10;
    this.#nowUs = options.startMs * 1_000;
    const assets = simAssets(options.assets ?? 3);
    const regime = options.regime ?? 'calm';
    const start = assets.map((asset) => asset.price);
    this.#prices = new AssetPrices(prng.fork('prices'), start, regime);
    this.script = new FaultScript(options.faults ?? [], prng);
    for (const name of options.venues ?? USUAL_VENUES) this.#addVenue(name, assets, prng, options);
    this.#faults = new VenueFaults({
      venues: this.#venues,
      markets: this.#markets,
      prices: this.#prices,
      assets,
      regime,
      activity: options.activity ?? 1,
      address: LOCAL,
      prng: prng.fork('venue faults'),
      note: (kind) => this.script.note(kind),
    });
  }

  /** Exchange time, microseconds since the epoch: everything before it has happened. */
  get nowUs(): number {
    return this.#nowUs;
  }

  get venues(): readonly SimVenueName[] {
    return [...this.#venues.keys()];
  }

  /** How often each kind of fault struck. */
  get injected(): Readonly<Partial<Record<FaultKind, number>>> {
    return this.script.injected;
  }

  /** @throws when the world has no such venue */
  venue(name: SimVenueName): SimVenue {
    const venue = this.#venues.get(name);
    if (venue === undefined) throw new Error(`this world has no venue ${name}`);
    return venue;
  }

  /** Lets everything happen up to `toUs`, in whole steps; what is less than a step away waits for the next call. */
  advance(toUs: number): void {
    const lengthUs = this.stepMs * 1_000;
    while (this.#nowUs + lengthUs <= toUs) this.#step(lengthUs);
  }

  /** A client's handshake. The session is how it speaks, the peer how it is spoken to; messages come in `advance` or in `receive`. */
  connect(name: SimVenueName, path: string, peer: SimPeer, address = LOCAL): SimAnswer {
    const refused = this.#faults.refusal(name);
    if (refused !== null) return { kind: 'refused', reply: refused };
    if (this.script.active(name).some((fault) => fault.is('half_open') && fault.count())) return { kind: 'lost' };
    const line = new FaultLine(
      {
        nowUs: () => this.#nowUs,
        faults: (venue) => this.script.active(venue),
        setBusy: (one, isBusy) => void (isBusy ? this.#busy.add(one) : this.#busy.delete(one)),
        forget: (one) => {
          this.#lines.delete(one);
          this.#busy.delete(one);
        },
      },
      name,
      peer,
    );
    const answer = this.venue(name).connect(path, line, address);
    if (answer.kind !== 'open') return answer;
    line.attach(answer.session);
    this.#lines.add(line);
    return { kind: 'open', session: line.end };
  }

  /**
   * A client's request.
   *
   * @param path - with its query
   * @param onOutcome - called at once, or in a later `advance`; once
   */
  request(
    name: SimVenueName,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    onOutcome: (outcome: SimOutcome) => void,
    address = LOCAL,
  ): void {
    const failure = this.#faults.restFailure(name);
    if (failure?.mode === 'timeout') {
      onOutcome({ kind: 'lost' });
      return;
    }
    if (failure?.mode === 'reset') {
      onOutcome({ kind: 'reset' });
      return;
    }
    if (failure?.mode === 'error') {
      const reply = { status: failure.status, headers: { 'content-type': 'text/html' }, body: '<html>error</html>' };
      onOutcome({ kind: 'answered', reply });
      return;
    }
    // What a late answer says was true when it was asked for.
    const reply = this.venue(name).request(method, path, headers, address);
    if (failure === null) {
      onOutcome({ kind: 'answered', reply });
      return;
    }
    this.#faults.later(this.#nowUs + failure.delayMs * 1_000, () => onOutcome({ kind: 'answered', reply }));
  }

  /** The venue's true book now; null for a symbol that it does not list. @param depth - levels a side */
  book(name: SimVenueName, symbol: string, depth: number): BookTruthText | null {
    const book = this.venue(name).book(symbol);
    return book === null ? null : truthText(book, depth);
  }

  #addVenue(name: SimVenueName, assets: readonly SimAsset[], prng: Prng, options: SimWorldOptions): void {
    const built = buildVenue(name, {
      assets,
      prices: this.#prices,
      prng: prng.fork(name),
      startUs: this.#nowUs,
      servesUnrouted: options.servesUnrouted ?? false,
      okxSendsSnapshot: options.okxSendsSnapshot ?? true,
      bybitEdge: this.#bybitEdge,
    });
    this.#venues.set(name, built.venue);
    this.#markets.push(...built.markets);
  }

  #step(lengthUs: number): void {
    const nowMs = this.#nowUs / 1_000 - this.startMs;
    for (const change of this.script.due(nowMs)) this.#faults.change(change, this.#nowUs);
    this.#faults.runDue(this.#nowUs);
    this.#prices.step(this.#nowUs, lengthUs);
    for (const venue of this.#venues.values()) venue.step(this.#nowUs, lengthUs);
    this.#nowUs += lengthUs;
    for (const line of [...this.#busy]) line.deliver(this.#nowUs);
  }
}

function truthText({ spec, truth, lastId }: SimBook, depth: number): BookTruthText {
  const side = (which: 'bid' | 'ask'): LevelText[] =>
    truth[which]
      .top(depth)
      .map(
        ({ price, size }) => [strippedText(price, spec.priceDecimals), strippedText(size, spec.sizeDecimals)] as const,
      );
  return { bids: side('bid'), asks: side('ask'), lastId };
}

export type {
  FrameTag,
  SimAnswer,
  SimPeer,
  SimReply,
  SimSession,
  SimVenue,
  SimVenueName,
} from '../venues/sim-venue.ts';
