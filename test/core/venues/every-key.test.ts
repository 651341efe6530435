/**
 * Every key that a codec knows, put into every object of every frame: learned with one value, then sent with another. A key that the
 * slow path reads and no rule names would be passed over by the shape, and be missed when it comes to say something.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Node, nodesOf, parseText, printText } from '../../fuzz/support/json-text.ts';
import { Difference, Twins } from '../../fuzz/support/twins.ts';
import { bytesOf } from '../../support/codec-harness.ts';
import { VENUE_FRAMES } from '../../support/venue-frames.ts';

const FILES: Readonly<Record<string, readonly string[]>> = {
  binance: ['binance'],
  binance_usdm: ['binance'],
  bybit_linear: ['bybit'],
  okx: ['okx', 'okx-rules'],
  kraken: ['kraken-v2'],
};
/** What may stand there unnoticed when the shape is learned, and what comes then. */
const LEARNED = ['""', '"x"', '0', '10'];
const SENT = ['""', '"5"', '5', '11', 'null', 'true', '"x"', '"sell"', '[]'];

const KEY_WORDS = /'(?:data\.(?:0|each)\.)?([A-Za-z_][A-Za-z_0-9]{0,19})'|^\s*([A-Za-z_]{1,12}): \{ read/gm;

/** All words in quotes of its source: keys, and a few that are none. */
function keysOf(files: readonly string[]): string[] {
  const keys = new Set<string>();
  for (const file of files) {
    const source = readFileSync(new URL(`../../../src/core/market/venues/${file}.ts`, import.meta.url), 'utf8');
    for (const [, quoted, plain] of source.matchAll(KEY_WORDS)) keys.add((quoted ?? plain)!);
  }
  return [...keys];
}

/** The frame with this member at the end of its object number `index`, or in place of the one of that key. */
function withMember(frame: string, index: number, key: string, value: string): string {
  const root = parseText(frame)!;
  const object = nodesOf(root)[index] as Node & { kind: 'object' };
  const member: [string, Node] = [`"${key}"`, { kind: 'raw', text: value }];
  const at = object.members.findIndex(([name]) => name === `"${key}"`);
  object.members.splice(at < 0 ? object.members.length : at, at < 0 ? 0 : 1, member);
  return printText(root);
}

for (const [venue, files] of Object.entries(FILES)) {
  test(`${venue}: no key means something that a shape passes over`, () => {
    const twins = new Twins(venue);
    const read = (frame: string): string => {
      const bytes = bytesOf(frame);
      return twins.check(bytes, 0, bytes.length);
    };
    const isFast = (frame: string): boolean => {
      const { slowFrames } = twins.fast.codec;
      return read(frame) === 'ticks' && twins.fast.codec.slowFrames === slowFrames;
    };
    const { trade = [], bbo = [], depth_delta = [], ticker = [] } = VENUE_FRAMES[venue]!;
    const frames = [...trade, ...bbo, ...depth_delta, ...ticker];
    for (const frame of frames) read(frame);
    const faults: string[] = [];
    let shapes = 0;
    for (const frame of frames) {
      const objects = nodesOf(parseText(frame)!).flatMap(({ kind }, index) => (kind === 'object' ? [index] : []));
      for (const index of objects) {
        for (const key of keysOf(files)) {
          for (const value of LEARNED) {
            twins.renew();
            const learned = withMember(frame, index, key, value);
            read(learned);
            if (!isFast(learned)) continue;
            shapes += 1;
            for (const other of SENT) {
              try {
                read(withMember(frame, index, key, other));
              } catch (error) {
                if (!(error instanceof Difference)) throw error;
                faults.push(`${key} ${value}, then ${other}: ${error.message.slice(0, 300)}`);
              }
            }
          }
        }
      }
    }
    assert.deepEqual(faults.slice(0, 10), []);
    assert.ok(shapes > 50, `only ${shapes} shapes`);
  });
}
