// The last events, the newest first; new ones come live.

import { get } from "./api.js";
import { make, setText, update } from "./text.js";
import { timeElement } from "./time.js";

const MOST = 50;

export class Events {
  #library = null;
  #events = [];
  #list = document.getElementById("events");
  #none = document.getElementById("events-none");

  /** Begin anew, with those of a library. */
  clear(library) {
    this.#library = library;
    this.#events = [];
    this.#show();
  }

  /** Fetch the last ones: what happened while there was no connection was not sent. */
  async load() {
    const library = this.#library;
    let words = "No event is on record.";
    try {
      const { document } = await get("events", { library, limit: MOST });
      if (library === this.#library) this.take(...document.events);
    } catch (error) {
      words = `The events could not be fetched: ${error.message}`;
    }
    setText(this.#none, words);
  }

  take(...events) {
    const known = new Map([...events, ...this.#events].map((each) => [each.id, each]));
    this.#events = [...known.values()].sort((one, other) => other.id - one.id).slice(0, MOST);
    this.#show();
  }

  #show() {
    update(this.#list, this.#events, (event) =>
      make(
        "li",
        { "data-level": { info: "note", warning: "warning" }[event.severity] ?? "critical" },
        timeElement(event.at),
        " ",
        make("strong", {}, event.severity),
        ` ${event.message}`,
      ),
    );
    this.#none.hidden = this.#events.length > 0;
  }
}
