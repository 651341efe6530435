/** What bin/compile-schemas.mjs writes beside this file, for what only scanners, replays and `config check` load. */

import type { Validator } from './validators.generated.mjs';

export const validateAlerts: Validator;
export const validateScanner: Validator;
export const validateRuleTest: Validator;
/** SHA-256 of the schemas that the code was made from. */
export const schemaDigest: string;
