// All that is known of the place that was chosen in the map.

import { facts, nameOf } from "./places.js";
import { make } from "./text.js";

export class Detail {
  #target;
  #cell = null;
  #drawn = null;

  constructor(target) {
    this.#target = target;
  }

  choose(cell) {
    this.#cell = cell;
    this.refresh();
  }

  /** Show it as it is now. */
  refresh() {
    const row = this.#cell?.isConnected ? this.#cell.row : null;
    this.#target.hidden = row === null;
    if (row === null || this.#drawn === row) return;
    this.#drawn = row;
    const parts = facts("slot", row).flatMap(([name, words]) => [make("dt", {}, name), make("dd", {}, words)]);
    this.#target.replaceChildren(make("h3", {}, `Place: ${nameOf("slot", row)}`), make("dl", {}, ...parts));
  }
}
