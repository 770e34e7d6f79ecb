// What is beside the map: tasks, attention, moves, drives, mail slots, cleaners.

import { makeCell, drawCell } from "./map.js";
import { exceptionWords, homeWords, mayBeOpen, placeWords, stateOf, contentWords, nameOf } from "./places.js";
import { count, labelElement, make, setText, update } from "./text.js";
import { timeElement } from "./time.js";

const element = (id) => document.getElementById(id);

/** A list, and the words that stand there when it has nothing. */
function list(id, items, build) {
  update(element(id), items, build);
  element(`${id}-none`).hidden = items.length > 0;
}

/** Places of a finding: each leads to its cell. */
function placeLinks(places) {
  return (places ?? []).map((place) => make("a", { href: `#place-${place}`, "data-place": place }, placeWords(place)));
}

/** What a person has to do, with the name that the library has for people. */
export function showTasks(tasks, library) {
  const named = tasks.map((each) => ({ ...each, words: each.words.replaceAll(library.id, library.alias ?? library.id) }));
  list("tasks", named, ({ words, since }) =>
    make("li", {}, make("p", { class: "large" }, sentence(words)), make("p", {}, "since ", timeElement(since))),
  );
  element("tasks-section").dataset.waiting = tasks.length;
}

/** What wants attention; moves that are being made have a part of their own. */
export function showAttention(findings) {
  const shown = findings.filter((each) => each.code !== "move-under-way");
  list("attention", shown, ({ code, level, words, hint, places }) =>
    make(
      "li",
      { "data-level": level, "data-code": code },
      make("p", {}, make("strong", {}, level), " ", words),
      hint ? make("p", { class: "hint" }, hint) : null,
      places?.length ? make("p", { class: "links" }, ...placeLinks(places)) : null,
    ),
  );
}

/** Operations and moves without an end. */
export function showMoves(moves, operations) {
  const items = [
    ...moves.map((each) => ({ what: "move", ...each })),
    ...operations.map((each) => ({ what: "operation", ...each })),
  ];
  list("moves", items, (each) => (each.what === "move" ? moveItem(each) : operationItem(each)));
}

function moveItem(move) {
  const words = move.is_running ? "moving" : "open";
  return make(
    "li",
    { "data-level": move.is_running ? "note" : "critical" },
    make("p", {}, make("strong", {}, words), " ", cartridge(move.volume_tag), " ", ...wayParts(move)),
    make("p", {}, move.is_running ? "since " : "began ", timeElement(move.at), ` by ${move.user}`),
  );
}

/** "from slot 1 to drive 0", and of an exchange what becomes of the other cartridge. */
export function wayParts(move) {
  const parts = [`from ${placeWords(move.source)} to ${placeWords(move.destination)}`];
  if (move.second_destination)
    parts.push(", and ", cartridge(move.second_volume_tag), ` from there to ${placeWords(move.second_destination)}`);
  return parts;
}

function cartridge(label) {
  return label === null || label === undefined ? "a cartridge without a label" : labelElement(label);
}

function operationItem(operation) {
  return make(
    "li",
    { "data-level": operation.state === "interrupted" ? "critical" : "note" },
    make(
      "p",
      {},
      make("strong", {}, operation.state),
      ` ${operation.kind} `,
      operation.volume_tag ? labelElement(operation.volume_tag) : null,
      operation.message ? `: ${operation.message}` : null,
    ),
    make("p", {}, "since ", timeElement(operation.started_at), ` by ${operation.user}`),
  );
}

export function showLock(lock) {
  let words = "";
  if (!lock || lock.held === null) words = "Whether another process is using the library is not known.";
  else if (lock?.held) words = `In use by ${lock.holder ?? "another process"}.`;
  if (lock?.waiting) words += ` ${count(lock.waiting, "process is", "processes are")} waiting for it.`;
  setText(element("lock"), words);
}

/** Mail slots and the picker, as cells that say everything. */
export function showMail(status, moving) {
  const rows = [...status.mail.map((row) => ["mail", row]), ...(status.picker ? [["picker", status.picker]] : [])];
  showCells(element("mail"), rows, moving);
  const prevented = { true: "People are prevented from removing media.", false: "" }[status.removal_prevented];
  setText(element("removal"), prevented ?? "Whether people can remove media is not known.");
}

function showCells(target, rows, moving) {
  target.cells ??= new Map();
  const cells = rows.map(([kind, row]) => {
    const item = target.cells.get(row.address) ?? make("li", { tabindex: -1 }, makeCell(), make("p"));
    target.cells.set(row.address, item);
    if (drawCell(item.firstChild, kind, row, moving.get(row.address) ?? null)) setText(item.lastChild, notes(kind, row));
    return item;
  });
  if (cells.length !== target.children.length || cells.some((item, at) => item !== target.children[at]))
    target.replaceChildren(...cells);
}

function notes(kind, row) {
  const state = stateOf(row);
  const absent = mayBeOpen(row) ? "not accessible to the robot; it may be open" : "not present";
  const content = row.full ? contentWords(row) : { absent }[state] ?? state;
  const known = [
    `${nameOf(kind, row)}: ${content}`,
    state === "cleaner" ? "cleaning cartridge" : null,
    exceptionWords(row),
    row.import_export?.operator_placed && row.full ? "put there by a person" : null,
    row.import_export?.import_enabled === false ? "takes nothing in" : null,
    row.import_export?.export_enabled === false ? "lets nothing out" : null,
  ];
  return known.filter(Boolean).join(", ");
}

const REQUESTS = { requested: "asks for cleaning", required: "needs cleaning now" };

export function showDrives(drives, moving) {
  const items = drives.map((row) => ({ ...row, moving: moving.get(row.address) ?? null }));
  update(element("drives"), items, ({ moving: way, ...row }) => {
    const cell = makeCell();
    drawCell(cell, "drive", row, way);
    const home = homeWords(row);
    const facts = [
      ["holds", row.full ? cartridge(row.volume_tag) : contentWords(row)],
      ["from", row.full ? home : null],
      ["device", row.device ?? (row.serial ? "no tape device" : "not known")],
      ["serial", row.serial ?? "not reported"],
      ["exception", exceptionWords(row)],
    ].filter(([, words]) => words !== null);
    return make(
      "li",
      { "data-level": row.cleaning_request ? "warning" : null, tabindex: -1 },
      make("h3", {}, `Drive ${row.number}`),
      cell,
      row.cleaning_request ? make("p", { class: "request" }, make("strong", {}, REQUESTS[row.cleaning_request])) : null,
      make("dl", {}, ...facts.flatMap(([name, words]) => [make("dt", {}, name), make("dd", {}, words)])),
    );
  });
}

export function showCleaners(cleaners, families) {
  update(element("families"), families, ({ family, usable, cleans_left, ok, reason }) =>
    make(
      "li",
      { "data-level": ok ? null : "warning" },
      `${family ?? "Family not known"}: ${count(usable, "usable cartridge")}, `,
      cleans_left === null ? "cleanings left not known" : `${count(cleans_left, "cleaning")} left`,
      reason ? `. ${sentence(reason)}` : "",
    ),
  );
  update(element("cleaners"), cleaners, (each) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, each.volume_tag === null ? "no label" : labelElement(each.volume_tag)),
      make("td", {}, each.slot === null ? "none" : `slot ${each.slot}`),
      make("td", {}, each.reason ? `${each.state}: ${each.reason}` : each.state),
      make("td", {}, each.cleans_left === null ? "not known" : String(each.cleans_left)),
      make("td", {}, each.uses === null ? "not known" : String(each.uses)),
      make("td", {}, each.last_used_at ? timeElement(each.last_used_at) : "never"),
    ),
  );
}

/** With a capital, for words that stand alone. */
export function sentence(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
