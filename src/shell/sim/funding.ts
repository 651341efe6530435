/** When perpetuals settle funding. Charges nothing. */

/** Binance and OKX settle BTC and ETH every 8 h of UTC. */
const FUNDING_INTERVAL_MS = 8 * 3_600_000;

/** The first settlement after a time, ms since epoch. */
export function nextFundingMs(timeUs: number): number {
  return (Math.floor(timeUs / 1000 / FUNDING_INTERVAL_MS) + 1) * FUNDING_INTERVAL_MS;
}
