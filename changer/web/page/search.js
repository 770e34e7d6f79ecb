// Search: by part of a label, by a pattern with * and ?, or by a place.

import { placeOf } from "./places.js";
import { count, labelWords, setAttributes, setText } from "./text.js";

/** So long nothing is typed before the records are asked. */
const PAUSE_SECONDS = 0.6;

/** Whether a place is meant: a function of its kind and its row; null for an empty query. */
export function matcher(query) {
  const text = query.trim().toLowerCase();
  if (text === "") return null;
  const isPattern = /[*?]/.test(text);
  const escaped = text.replace(/[\\^$+.()|[\]{}]/g, "\\$&");
  const pattern = new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "su");
  return (kind, row) => {
    const label = row.volume_tag;
    if (label !== null && label !== undefined)
      for (const each of [label.toLowerCase(), labelWords(label).toLowerCase()])
        if (isPattern ? pattern.test(each) : each.includes(text)) return true;
    return !isPattern && (placeOf(kind, row) === text || `@${row.address}` === text);
  };
}

export class Search {
  #input = document.getElementById("search");
  #count = document.getElementById("search-count");
  #cells;
  #goTo;
  #onRecord;
  #timer = null;
  #record = "";
  #found = [];
  #at = -1;

  /** cells(): all [kind, cell]; goTo(cell): shows one; onRecord(label): what is known of one that is not shown. */
  constructor({ cells, goTo, onRecord }) {
    this.#cells = cells;
    this.#goTo = goTo;
    this.#onRecord = onRecord;
    this.#input.addEventListener("input", () => this.#changed());
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.find("");
    });
    document.getElementById("search-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#step(1);
    });
    document.getElementById("search-back").addEventListener("click", () => this.#step(-1));
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target.closest("input, select, textarea");
      if (event.key !== "/" || isTyping || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.focus();
    });
  }

  focus() {
    this.#input.focus();
    this.#input.select();
  }

  find(text) {
    this.#input.value = text;
    this.#changed();
  }

  #changed() {
    this.#at = -1;
    this.#record = "";
    this.refresh();
    clearTimeout(this.#timer);
    const label = this.#input.value.trim();
    if (label && this.#found.length === 0) this.#timer = setTimeout(() => this.#ask(label), PAUSE_SECONDS * 1000);
  }

  async #ask(label) {
    const words = await this.#onRecord(label);
    if (this.#input.value.trim() !== label) return;
    this.#record = words;
    this.refresh();
  }

  /** Mark what is found now, after the query or the library changed. */
  refresh() {
    const matches = matcher(this.#input.value);
    const [cells, current] = [this.#cells(), this.#found[this.#at]];
    this.#found = [];
    for (const [kind, cell] of cells) {
      const isFound = matches !== null && matches(kind, cell.row);
      if (isFound) this.#found.push(cell);
      setAttributes(cell, { "data-found": isFound && "" });
    }
    this.#at = this.#found.indexOf(current);
    this.#say(matches !== null, cells.length);
  }

  #step(by) {
    if (this.#found.length === 0) return;
    const from = this.#at < 0 && by < 0 ? 0 : this.#at;
    this.#at = (from + by + this.#found.length) % this.#found.length;
    this.#goTo(this.#found[this.#at]);
    this.#say(true, this.#cells().length);
  }

  #say(isAsked, all) {
    const found = this.#found.length;
    const at = this.#at < 0 ? "" : `${this.#at + 1} of `;
    const words = `${at}${count(found, "place")} found, of ${all.toLocaleString("en")}.`;
    setText(this.#count, isAsked ? `${words} ${found ? "" : this.#record}`.trim() : "");
  }
}
