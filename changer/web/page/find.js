// Where a cartridge was last seen that no place shows: from the records.

import { get } from "./api.js";
import { placeWords } from "./places.js";
import { labelWords } from "./text.js";
import { timeWords } from "./time.js";

const MOST = 3;

/** Sentences on the labels that are meant, or why there are none. */
export async function lastSeenWords(library, label) {
  try {
    const { document } = await get("find", { library, label });
    const known = document.cartridges.filter((each) => each.last_seen);
    if (known.length === 0) return "Nothing of that label is on record.";
    return known.slice(0, MOST).map(sentence).join(" ");
  } catch (error) {
    return `The records could not be asked: ${error.message}`;
  }
}

function sentence({ volume_tag: label, last_seen: seen }) {
  return `${labelWords(label)} was last seen in ${placeWords(seen.place)}, ${timeWords(seen.until)}.`;
}
