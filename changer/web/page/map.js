// The map: a grid of slots in address order, in rows that fit the width, with one tab stop and arrow keys.

import { contentWords, placeOf, spoken, stateOf } from "./places.js";
import { make, setAttributes, setText } from "./text.js";

/** Rows have one of these numbers of cells, so that the place of a number is easy to guess. */
const WIDTHS = [30, 25, 20, 15, 10, 5, 4];
/** A label of eight characters fits. */
const CELL_PIXELS = 74;

/** A cell that shows one place; drawn by ``drawCell``. Without a role, words beside it say what it shows. */
export function makeCell(role = null) {
  const cell = make("div", { class: "cell", role, "aria-hidden": role === null && "true" });
  cell.append(make("span", { class: "number" }), make("span", { class: "marks" }), make("bdi", { class: "label" }));
  return cell;
}

/** Show a row in a cell; what is shown already is not touched. */
export function drawCell(cell, kind, row, moving) {
  const key = JSON.stringify([row, moving]);
  if (cell.drawn === key) return false;
  cell.drawn = key;
  cell.row = row;
  const [number, marks, label] = cell.children;
  const words = spoken(kind, row, moving && "moving");
  setAttributes(cell, {
    id: `place-${placeOf(kind, row)}`,
    "data-state": stateOf(row),
    "data-reserved": row.reserved ? "" : null,
    "data-moving": moving,
    "aria-label": cell.hasAttribute("role") && words,
    title: words,
  });
  setText(number, kind === "slot" ? String(row.number) : placeOf(kind, row));
  setText(marks, marksOf(row, moving));
  setText(label, contentWords(row));
  return true;
}

/** Letters, which the legend explains. */
function marksOf(row, moving) {
  const known = [
    [moving, { from: "\u2197", to: "\u2198" }[moving]],
    [row.full && row.cleaner, "C"],
    [row.reserved, "R"],
    [row.exception && !row.cleaner, "!"],
  ];
  return known.filter(([is]) => is).map(([, mark]) => mark).join("");
}

export class SlotMap {
  #grid;
  #cells = [];
  #byAddress = new Map();
  #columns = 0;
  #current = null;
  #onFocus;

  constructor(grid, onFocus) {
    this.#grid = grid;
    this.#onFocus = onFocus;
    grid.addEventListener("keydown", (event) => this.#key(event));
    grid.addEventListener("focusin", (event) => this.#focused(event.target.closest(".cell")));
    new ResizeObserver(() => this.#arrange()).observe(grid);
  }

  /** Show slots; ``moving``: "from" or "to", by address. Returns how many cells were drawn. */
  show(slots, moving) {
    let drawn = 0;
    const before = this.#cells;
    this.#cells = slots.map((row, index) => {
      const cell = this.#byAddress.get(row.address) ?? this.#add(row.address);
      cell.index = index;
      drawn += drawCell(cell, "slot", row, moving.get(row.address) ?? null);
      return cell;
    });
    if (before.length !== this.#cells.length || before.some((cell, index) => cell !== this.#cells[index])) {
      this.#byAddress = new Map(this.#cells.map((cell) => [cell.row.address, cell]));
      this.#columns = 0;
      this.#arrange();
    }
    return drawn;
  }

  get cells() {
    return this.#cells;
  }

  /** Put the focus on a cell. */
  goTo(cell) {
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "center" });
  }

  #add(address) {
    const cell = makeCell("gridcell");
    cell.tabIndex = -1;
    this.#byAddress.set(address, cell);
    return cell;
  }

  /** Put the cells into rows, if their width has changed. */
  #arrange() {
    const width = this.#grid.clientWidth;
    const columns = WIDTHS.find((each) => each * CELL_PIXELS <= width) ?? 4;
    if (columns === this.#columns || width === 0) return;
    this.#columns = columns;
    const focused = this.#cells.find((cell) => cell === document.activeElement);
    const rows = [];
    for (let start = 0; start < this.#cells.length; start += columns) {
      const row = make("div", { role: "row", class: "row" });
      row.append(...this.#cells.slice(start, start + columns));
      rows.push(row);
    }
    this.#grid.style.setProperty("--columns", columns);
    this.#grid.replaceChildren(...rows);
    setAttributes(this.#grid, { "aria-rowcount": rows.length, "aria-colcount": columns });
    this.#setCurrent(this.#cells.includes(this.#current) ? this.#current : this.#cells[0]);
    focused?.focus({ preventScroll: true });
  }

  #setCurrent(cell) {
    if (this.#current) this.#current.tabIndex = -1;
    this.#current = cell ?? null;
    if (cell) cell.tabIndex = 0;
  }

  #focused(cell) {
    if (!cell) return;
    this.#setCurrent(cell);
    this.#onFocus(cell);
  }

  #key(event) {
    if (event.altKey || event.metaKey) return;
    const [at, columns, last] = [this.#current?.index ?? 0, this.#columns, this.#cells.length - 1];
    const start = at - (at % columns);
    const target = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - columns,
      ArrowDown: at + columns,
      PageUp: Math.max(at - 5 * columns, at % columns),
      PageDown: Math.min(at + 5 * columns, last),
      Home: event.ctrlKey ? 0 : start,
      End: event.ctrlKey ? last : Math.min(start + columns - 1, last),
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const cell = this.#cells[target];
    if (cell) {
      cell.focus({ preventScroll: true });
      cell.scrollIntoView({ block: "nearest" });
    }
  }
}
