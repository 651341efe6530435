/** What a scan is watched by: a screen, lines, or nothing. Types only. */

import type { Effect } from '../../../../core/scan/effect.ts';
import type { LinkInput } from '../../../../core/scan/input.ts';

export interface ScanShow {
  onEffect(effect: Effect): void;
  onLink(link: LinkInput): void;
  /** One line for people, about the scan itself. */
  onNotice(text: string): void;
  /** Gives the terminal back. */
  close(): void;
}
