/** The control document as it counts now: switches, mode, isolated breakers, and what changed of them. Decides no change itself. */

import type { Breakers } from '../breakers/breakers.ts';
import type { ControlDefaults } from '../control/control.ts';
import { type ControlView, controlView } from '../control/control-view.ts';
import { compareText } from '../status.ts';
import type { Tell } from './ops-effect.ts';
import type { PublicControlDocument } from './ops-input.ts';

/** Plain JSON. */
export type SavedControl = { document: PublicControlDocument; viewMs: number };

export class ControlInForce {
  readonly #defaults: ControlDefaults;
  readonly #breakers: Breakers;
  readonly #tell: Tell;
  #document: PublicControlDocument;
  #view: ControlView;
  /** Of which moment the view is. */
  #viewMs: number;
  /** Names, sorted. */
  #isolated: readonly string[] = [];

  /** @param breakers - those that the document isolates are isolated here */
  constructor(
    document: PublicControlDocument,
    defaults: ControlDefaults,
    breakers: Breakers,
    startMs: number,
    tell: Tell,
  ) {
    this.#document = document;
    this.#defaults = defaults;
    this.#breakers = breakers;
    this.#tell = tell;
    this.#viewMs = startMs;
    this.#view = this.#viewOf(startMs);
    this.#isolate(startMs);
  }

  get document(): PublicControlDocument {
    return this.#document;
  }

  /** As of the last document or the last `onTime`. */
  get view(): ControlView {
    return this.#view;
  }

  take(document: PublicControlDocument, nowMs: number): void {
    this.#document = document;
    this.#refresh(nowMs);
    this.#isolate(nowMs);
  }

  /** A timed setting that has run out counts as run out from here on, not from its own moment on. */
  onTime(nowMs: number): void {
    const { validUntilMs } = this.#view;
    if (validUntilMs !== null && nowMs >= validUntilMs) this.#refresh(nowMs);
  }

  save(): SavedControl {
    return { document: this.#document, viewMs: this.#viewMs };
  }

  /** The breakers are restored by themselves. */
  restore({ document, viewMs }: SavedControl): void {
    this.#document = document;
    this.#viewMs = viewMs;
    this.#view = this.#viewOf(viewMs);
    this.#isolated = isolatedIn(document);
  }

  #viewOf(nowMs: number): ControlView {
    return controlView({ ...this.#document, tokens: [] }, this.#defaults, nowMs);
  }

  #refresh(nowMs: number): void {
    const before = this.#view;
    this.#viewMs = nowMs;
    this.#view = this.#viewOf(nowMs);
    const { mode, switches } = this.#view;
    if (before.mode !== mode) this.#tell({ kind: 'mode_changed', from: before.mode, to: mode, atMs: nowMs });
    for (const [name, isOn] of switches) {
      if (before.switches.get(name) !== isOn) this.#tell({ kind: 'switch_changed', name, isOn, atMs: nowMs });
    }
  }

  #isolate(nowMs: number): void {
    const { isolatedBreakers } = this.#document;
    for (const name of this.#isolated) {
      if (!Object.hasOwn(isolatedBreakers, name)) this.#breakers.release(name, nowMs);
    }
    this.#isolated = isolatedIn(this.#document);
    for (const name of this.#isolated) this.#breakers.isolate(name, isolatedBreakers[name]!.reason, nowMs);
  }
}

function isolatedIn({ isolatedBreakers }: PublicControlDocument): string[] {
  return Object.keys(isolatedBreakers).sort(compareText);
}
