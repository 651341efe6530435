/** The type of plain JSON values, for `save()` and `restore()`. Holds no code. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
