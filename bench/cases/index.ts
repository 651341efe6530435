/** All cases, in the order of the table. */

import type { BenchCase } from './case.ts';
import { ccxt } from './ccxt.ts';
import { decode, pipeline, pipelineSurveillance } from './ours.ts';
import { jsonParse, jsonParseNumber, split } from './plain.ts';
import { tardisBarsBook, tardisNormalize } from './tardis.ts';

export const CASES: Readonly<Record<string, BenchCase>> = {
  split,
  json_parse: jsonParse,
  json_parse_number: jsonParseNumber,
  decode,
  pipeline,
  pipeline_surveillance: pipelineSurveillance,
  tardis_normalize: tardisNormalize,
  tardis_bars_book: tardisBarsBook,
  ccxt,
};

export const CASE_NAMES: readonly string[] = Object.keys(CASES);

/** Every ratio is to this case of the same round. */
export const BASE_CASE = 'json_parse';
