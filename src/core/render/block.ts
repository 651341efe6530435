/** The pieces that a status is shown in. Lays out and draws none. */

import type { Table, Tone } from './table.ts';

/** What is shown, from top to bottom. A tone is for the whole block; the text must read without. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'line'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'space' }
  | { readonly kind: 'table'; readonly table: Table };

export const SPACE: Block = { kind: 'space' };
