// Places of a status: their names, the state that each is in, and both in words.

import { labelWords } from "./text.js";

const MEDIA = { 1: "data", 2: "cleaning", 3: "diagnostic", 4: "WORM", 5: "microcode" };

/** What the cells show. The words are in the cell, so that no state is told by its colour alone. */
export const STATES = {
  full: "full",
  cleaner: "a cleaning cartridge",
  empty: "empty",
  absent: "not present, for example because its magazine is out",
  unknown: "unknown: the library does not report what it holds",
};

/** A place as the command line takes it: 12, drive:0, mail:1, picker. */
export function placeOf(kind, row) {
  if (kind === "slot") return String(row.number);
  return kind === "picker" ? kind : `${kind}:${row.number}`;
}

/** The name for people: slot 12. */
export function nameOf(kind, row) {
  if (kind === "picker") return "picker";
  return `${kind === "mail" ? "mail slot" : kind} ${row.number}`;
}

/** The name of a place, or of a range of slots, that the command line takes; of an address as it is. */
export function placeWords(place) {
  if (place === null || place === undefined) return "unknown place";
  if (/^\d+-\d+$/.test(place)) return `slots ${place}`;
  const [, kind, number] = /^(?:(drive|mail):)?(\d+)$/.exec(place) ?? [];
  if (!number) return place;
  return `${{ drive: "drive", mail: "mail slot" }[kind] ?? "slot"} ${number}`;
}

export function stateOf(row) {
  if (row.full) return row.cleaner ? "cleaner" : "full";
  if (row.present === false) return "absent";
  return row.full === null || row.full === undefined ? "unknown" : "empty";
}

/** Whether a mail slot gives no access, and no reason: the robot has none either while it is open. */
export function mayBeOpen(row) {
  return row.import_export !== undefined && stateOf(row) === "absent" && !row.exception;
}

/** The label, or what else is known of what a place holds. */
export function contentWords(row) {
  if (row.full) return row.volume_tag === null ? "no label" : labelWords(row.volume_tag);
  if (mayBeOpen(row)) return "open?";
  return { absent: "out", unknown: "unknown", empty: "empty" }[stateOf(row)];
}

/** All that is known of a place, as pairs of a name and words. */
export function facts(kind, row) {
  const state = stateOf(row);
  const hex = row.address.toString(16).toUpperCase();
  const known = [
    ["contents", row.full ? (state === "cleaner" ? "cleaning cartridge" : "cartridge") : STATES[state]],
    ["label", row.volume_tag === null || row.volume_tag === undefined ? null : labelWords(row.volume_tag)],
    ["medium", row.medium_type ? (MEDIA[row.medium_type] ?? `type ${row.medium_type}`) : null],
    ["reserved", row.reserved ? "for a cleaning cartridge" : null],
    ["exception", exceptionWords(row)],
    ["belongs to", homeWords(row)],
    ["access", row.accessible === false ? "not accessible" : null],
    ["put there by", row.full && row.import_export?.operator_placed ? "a person" : null],
    ["address", `${row.address} (${hex}h)`],
  ];
  return known.filter(([, words]) => words !== null);
}

export function homeWords(row) {
  if (row.source_mail !== null && row.source_mail !== undefined) return `mail slot ${row.source_mail}`;
  return row.source_slot === null || row.source_slot === undefined ? null : `slot ${row.source_slot}`;
}

/** An exception; not that of a cleaner's place, which many libraries flag. */
export function exceptionWords(row) {
  if (!row.exception || row.cleaner) return null;
  const code = [row.exception.asc, row.exception.ascq]
    .map((each) => each.toString(16).toUpperCase().padStart(2, "0"))
    .join("/");
  return `${row.exception.text} (${code})`;
}

/** What a screen reader says of a place, in one line. */
export function spoken(kind, row, moving) {
  const state = stateOf(row);
  const words = { cleaner: "cleaning cartridge", absent: "not present" }[state];
  return [
    nameOf(kind, row),
    row.full ? contentWords(row) : (words ?? state),
    row.full ? words : null,
    row.reserved ? "reserved for a cleaning cartridge" : null,
    exceptionWords(row),
    moving,
  ]
    .filter(Boolean)
    .join(", ");
}
