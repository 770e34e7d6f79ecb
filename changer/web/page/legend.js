// What the cells mean: one of each kind, with its words.

import { drawCell, makeCell } from "./map.js";
import { STATES } from "./places.js";
import { make, setAttributes } from "./text.js";

const PLAIN = { number: 1, address: 0, full: true, present: true, volume_tag: "A00001L8", exception: null };

const EXAMPLES = [
  [{}, STATES.full],
  [{ full: false }, STATES.empty],
  [{ cleaner: true, volume_tag: "CLN001L1" }, `C: ${STATES.cleaner}`],
  [{ full: false, reserved: true }, "R: reserved for a cleaning cartridge"],
  [{ full: false, present: false }, `out: ${STATES.absent}`],
  [{ full: null }, STATES.unknown],
  [{ exception: { asc: 0, ascq: 0, text: "" } }, "!: the library reports an exception"],
];

export function showLegend(list) {
  const items = EXAMPLES.map(([fields, words]) => item({ ...PLAIN, ...fields }, words, null));
  const moving = [
    item(PLAIN, "\u2197: a cartridge is being moved away from here", "from"),
    item({ ...PLAIN, full: false }, "\u2198: a cartridge is being moved here", "to"),
  ];
  list.replaceChildren(...items, ...moving);
}

function item(row, words, moving) {
  const cell = makeCell();
  drawCell(cell, "slot", row, moving);
  setAttributes(cell, { id: null, title: null });
  return make("li", {}, cell, make("p", {}, words));
}
