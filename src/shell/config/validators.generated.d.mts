/** What bin/compile-schemas.mjs writes beside this file: one validator a schema. They fill in defaults in place. */

export interface SchemaError {
  readonly keyword: string;
  /** JSON pointer to the value that is wrong. */
  readonly instancePath: string;
  readonly params: { readonly [name: string]: unknown };
  /** The value of the keyword, and the schema it stands in. */
  readonly schema: unknown;
  readonly parentSchema: { readonly [name: string]: unknown };
  readonly data: unknown;
  /** Set on what is wrong with a key, not with a value. */
  readonly propertyName?: string;
}

export interface Validator {
  (data: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

export const validateOps: Validator;
export const validateVenues: Validator;
export const validateInstruments: Validator;
/** SHA-256 of the schemas that the code was made from. */
export const schemaDigest: string;
