/** Which streams of a venue go over which connection: by address, then as many as one may carry. Opens nothing. */

import type { Dialect } from './dialect.ts';
import { slotOf } from './feed-clock.ts';
import type { VenueFeedConfig } from './feed-config.ts';
import type { Followed } from './feed-ports.ts';
import { Wish } from './wish.ts';

export interface PlannedLine {
  readonly url: string;
  readonly wishes: readonly Wish[];
}

/**
 * The streams of an instrument that share an address stay on one connection. Depends on config and instruments alone, so that
 * it comes out the same after a restart.
 */
export function planLines(
  dialect: Dialect,
  config: VenueFeedConfig,
  instruments: readonly Followed[],
): readonly PlannedLine[] {
  const { urls } = config.websocket;
  const byUrl = new Map<string, Wish[][]>();
  for (const instrument of instruments) {
    const mine = new Map<string, Wish[]>();
    for (const stream of dialect.streams(instrument.spec)) {
      const url = urls[stream.tier] ?? urls.public;
      const wish = new Wish(stream, instrument, slotOf(instrument.index, stream.kind));
      mine.set(url, [...(mine.get(url) ?? []), wish]);
    }
    for (const [url, wishes] of mine) byUrl.set(url, [...(byUrl.get(url) ?? []), wishes]);
  }
  const most = config.limits.streamsPerConnection ?? Number.POSITIVE_INFINITY;
  return [...byUrl].flatMap(([url, groups]) => packed(groups, most).map((wishes) => ({ url, wishes })));
}

function packed(groups: readonly (readonly Wish[])[], most: number): Wish[][] {
  const lines: Wish[][] = [];
  for (const group of groups) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + group.length <= most) last.push(...group);
    else lines.push([...group]);
  }
  return lines;
}
