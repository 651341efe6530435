/** A Binance book kept in two Maps, to check its best prices against bookTicker at the same update id. Follows no gaps. */

/** What came of comparing, and the book's mid at the end. */
export interface TopCheck {
  readonly matches: number;
  readonly mismatches: number;
  readonly mid: number;
}

// biome-ignore lint/suspicious/noExplicitAny: messages of an exchange, read by hand on purpose
type Json = any;

/** @param texts - the messages of one symbol, in order: depth events, bookTickers and one bare REST snapshot */
export function topMatches(texts: readonly string[]): TopCheck {
  const book = new NaiveBook();
  const early: Json[] = [];
  let ticker: Json = null;
  const tally = { matches: 0, mismatches: 0 };
  const compare = (): void => {
    if (ticker === null || !book.isLive || ticker.u !== book.lastId) return;
    const isEqual = book.best(book.bids, 1) === Number(ticker.b) && book.best(book.asks, -1) === Number(ticker.a);
    tally[isEqual ? 'matches' : 'mismatches'] += 1;
  };
  for (const text of texts) {
    const message: Json = JSON.parse(text);
    const data = message.data ?? message;
    if ('lastUpdateId' in data) {
      book.start(data, early);
      // The last of the buffered events may have the ticker's very id; a snapshot has no say in it.
    } else if (data.e === 'depthUpdate') {
      if (!book.isLive) early.push(data);
      else book.apply(data);
      compare();
    } else if (message.stream.endsWith('@bookTicker')) {
      ticker = data;
      compare();
    }
  }
  return { ...tally, mid: (book.best(book.bids, 1) + book.best(book.asks, -1)) / 2 };
}

class NaiveBook {
  readonly bids = new Map<string, number>();
  readonly asks = new Map<string, number>();
  isLive = false;
  lastId = 0;

  /** The snapshot, then those of the events before it that it does not hold yet. */
  start(snapshot: Json, early: readonly Json[]): void {
    this.#set(snapshot.bids, snapshot.asks);
    this.isLive = true;
    this.lastId = snapshot.lastUpdateId;
    for (const event of early) if (event.u > snapshot.lastUpdateId) this.apply(event);
  }

  apply(event: Json): void {
    this.#set(event.b, event.a);
    this.lastId = event.u;
  }

  /** @param sign - 1 for the highest price, -1 for the lowest */
  best(side: ReadonlyMap<string, number>, sign: 1 | -1): number {
    let best = sign * Number.NEGATIVE_INFINITY;
    for (const price of side.values()) if (sign * price > sign * best) best = price;
    return best;
  }

  #set(bids: readonly [string, string][], asks: readonly [string, string][]): void {
    for (const [side, levels] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (const [price, size] of levels) {
        if (Number(size) === 0) side.delete(price);
        else side.set(price, Number(price));
      }
    }
  }
}
