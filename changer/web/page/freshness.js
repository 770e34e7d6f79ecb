// Whether what is shown is the present. If it is not, the page says so above everything else.

import { mark, since } from "./clock.js";
import { make, printable, setAttributes, setText } from "./text.js";
import { ageWords, timeElement } from "./time.js";

/** Where a reading takes long, the next one comes after this many times as long (changer.library.pace). */
const PAUSES = 40;
/** A reading is late after so many pauses, and so many seconds: the next one takes its time, too. */
const LATE_PAUSES = 2;
const LATE_SECONDS = 30;

const LINKS = {
  starting: "connecting",
  live: "live",
  polling: "live updates are not available; asking every few seconds",
  lost: "no connection",
};

export class Freshness {
  #parts;
  #overview = null;
  #age = null;
  #taken = null;
  #link = { kind: "starting" };
  #shown = null;

  /** parts: the elements body, trouble, state and age. */
  constructor(parts) {
    this.#parts = parts;
    setInterval(() => this.show(), 1000);
  }

  clear() {
    this.#overview = null;
    this.show();
  }

  take(overview, age) {
    [this.#overview, this.#age, this.#taken] = [overview, age, mark()];
    this.show();
  }

  setLink(link) {
    this.#link = link;
    this.show();
  }

  /** Seconds since the library was read; null without a reading. */
  age() {
    return this.#overview?.reading ? this.#age + since(this.#taken) : null;
  }

  show() {
    const age = this.age();
    const found = this.#problem(age);
    const { body, trouble, state, age: words } = this.#parts;
    body.dataset.shown = this.#overview?.reading ? (found ? "past" : "present") : "nothing";
    const verdict = found ? "unknown" : (this.#overview?.state ?? "unknown");
    body.dataset.state = verdict;
    setText(state, `${verdict}, ${LINKS[this.#link.kind]}`);
    setText(words, age === null ? "" : `read ${ageWords(age)} ago`);
    setAttributes(trouble, { hidden: found === null && "" });
    const key = JSON.stringify(found);
    if (key !== this.#shown) trouble.replaceChildren(...(found ? problemParts(found) : []));
    this.#shown = key;
    // It ticks, and is not read out each time.
    const ticking = trouble.querySelector(".ticking");
    if (ticking) setText(ticking, age === null ? "" : `What is shown is ${ageWords(age)} old.`);
  }

  /** What keeps the page from showing the present, or null. */
  #problem(age) {
    const overview = this.#overview;
    if (this.#link.kind === "lost") {
      const hint = "The page tries again by itself. Is changer serve running, and is this device on its network?";
      return this.#link.message
        ? { code: "refused", words: this.#link.message, hint: null, from: null }
        : { code: "server-gone", words: "The server does not answer", hint, from: wallTime(this.#link.since) };
    }
    if (overview === null) return null;
    for (const each of [overview.trouble, overview.records_trouble])
      if (each) return { code: each.code, words: each.message, hint: each.hint, from: each.since };
    if (!overview.reading)
      return { code: "not-read", words: "The library has not been read yet", hint: null, from: null };
    const pause = Math.max(overview.interval_seconds, PAUSES * overview.reading.took_seconds);
    if (age > LATE_PAUSES * pause + LATE_SECONDS) {
      const hint = overview.lock?.held ? "Another process is using it." : null;
      return { code: "stale", words: "The library has not been read lately", hint, from: overview.reading.at };
    }
    return null;
  }
}

function wallTime(at) {
  return new Date(at.wall).toISOString().replace(/\.\d+Z/, "Z");
}

function problemParts({ words, hint, from }) {
  return [
    make("strong", {}, "Not the present. "),
    printable(words),
    from === null ? "." : " (since ",
    ...(from === null ? [] : [timeElement(from), "). "]),
    hint ? ` ${printable(hint)} ` : " ",
    make("span", { class: "ticking", "aria-live": "off" }),
  ];
}
