// What was done: a table, the newest first.

import { get } from "./api.js";
import { wayParts } from "./panels.js";
import { placeWords } from "./places.js";
import { labelElement, make, setText, update } from "./text.js";
import { timeElement } from "./time.js";

const MOST = 100;
const RESULTS = {
  completed: "ok",
  "not-executed": "not moved",
  unknown: "open",
  cancelled: "stopped",
  "in-progress": "under way",
  submitted: "under way",
};

/** isWanted() says whether it is still that library which is shown. */
export async function showHistory(library, isWanted) {
  const trouble = document.getElementById("history-trouble");
  try {
    const { document: found } = await get("history", { library, limit: MOST });
    if (!isWanted()) return;
    update(document.getElementById("history"), found.events.slice(0, MOST), row);
    setText(trouble, found.events.length ? "" : "Nothing is on record.");
  } catch (error) {
    setText(trouble, `The history could not be fetched, so this may be old: ${error.message}`);
  }
}

function row(event) {
  const isMove = ["move", "exchange"].includes(event.kind);
  const words = RESULTS[event.state] ?? event.state;
  const at = event.state === "misplaced" && event.final ? `: ${placeWords(event.final)}` : "";
  return make(
    "tr",
    { "data-level": ["completed", "in-progress", "submitted", "waiting"].includes(event.state) ? null : "warning" },
    make("td", {}, timeElement(event.at)),
    make("td", {}, event.volume_tag === null ? "no label" : labelElement(event.volume_tag)),
    make("td", {}, ...(isMove ? wayParts(event) : operationParts(event))),
    make("td", {}, `${words}${at}`, event.message ? `: ${event.message}` : null),
    make("td", {}, event.user),
  );
}

function operationParts(event) {
  const places = [event.source, event.destination].filter((each) => each !== null).map(placeWords);
  return [[event.kind, ...places].join(", ")];
}
