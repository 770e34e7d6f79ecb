// The connection to the server: a stream of news and, where that fails, a look every few seconds.

import { Refused, get } from "./api.js";
import { mark } from "./clock.js";
import { readStream } from "./stream.js";

const POLL_SECONDS = 5;
const PAUSES_SECONDS = [1, 2, 4, 8, 15];

/**
 * Keeps what is shown of one library up to date.
 *
 * onOverview(document, age)  a picture, and the age of its reading in seconds, or null.
 * onEvent(document)          something happened.
 * onLink(link)               {kind: "live" | "polling" | "lost", message, status, since: a mark}
 */
export class Connection {
  #library;
  #handlers;
  #stop = new AbortController();
  #isStreaming = false;
  #isFetching = false;
  #isWanted = false;
  #link = { kind: "starting" };

  constructor(library, handlers) {
    this.#library = library;
    this.#handlers = handlers;
  }

  start() {
    this.refresh();
    this.#listen();
    this.#poll();
    const { signal } = this.#stop;
    // After a sleep, a timer may be minutes away.
    for (const name of ["online", "pageshow", "focus"])
      addEventListener(name, () => this.refresh(), { signal });
    document.addEventListener("visibilitychange", () => this.refresh(), { signal });
  }

  stop() {
    this.#stop.abort();
  }

  /** Fetch a picture; while one is on its way, another one after it. */
  async refresh() {
    this.#isWanted = true;
    if (this.#isFetching) return;
    this.#isFetching = true;
    while (this.#isWanted && !this.#stop.signal.aborted) {
      this.#isWanted = false;
      await this.#fetch();
    }
    this.#isFetching = false;
  }

  async #fetch() {
    try {
      const { document, servedAt } = await get("overview", { library: this.#library });
      if (this.#stop.signal.aborted) return;
      this.#handlers.onOverview(document, ageOf(document, servedAt));
      this.#tell(this.#isStreaming ? "live" : "polling");
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#tell("lost", error);
    }
  }

  #tell(kind, error) {
    const { message, status } = error instanceof Refused ? error : { message: null, status: null };
    if (kind === this.#link.kind && message === this.#link.message) return;
    const since = kind === this.#link.kind ? this.#link.since : mark();
    this.#link = { kind, message, status, since };
    this.#handlers.onLink(this.#link);
  }

  async #listen() {
    const query = this.#library === null ? "" : `?${new URLSearchParams({ library: this.#library })}`;
    for (let failures = 0; !this.#stop.signal.aborted; failures += 1) {
      try {
        await readStream(`/events${query}`, {
          signal: this.#stop.signal,
          onOpen: () => {
            failures = 0;
            this.#isStreaming = true;
            this.refresh(); // what changed before is not repeated
          },
          onMessage: (name, data) => this.#take(name, data),
        });
      } catch {
        // What came of it shows in the next picture, or in its absence.
      }
      this.#isStreaming = false;
      if (this.#stop.signal.aborted) return;
      this.refresh();
      await this.#pause(PAUSES_SECONDS[Math.min(failures, PAUSES_SECONDS.length - 1)]);
    }
  }

  #take(name, data) {
    if (name === "overview") this.refresh();
    if (name === "event") this.#handlers.onEvent(JSON.parse(data));
  }

  async #poll() {
    while (!this.#stop.signal.aborted) {
      await this.#pause(POLL_SECONDS);
      if (!this.#isStreaming) await this.refresh();
    }
  }

  /** Half as long to half again as long: many pages don't come back at the same moment. */
  #pause(seconds) {
    return new Promise((resolve) => {
      setTimeout(resolve, seconds * 1000 * (0.5 + Math.random()));
    });
  }
}

/** How old a reading is, by the server's clock; where an answer has none, by the one here. */
function ageOf(document, servedAt) {
  if (!document.reading) return null;
  const now = Number.isNaN(servedAt) ? Date.now() : servedAt;
  return Math.max(0, (now - Date.parse(document.reading.at)) / 1000);
}
