// Times: in the viewer's zone, with the exact one (UTC) beside them.

import { make } from "./text.js";

const two = (number) => String(number).padStart(2, "0");

/** "2026-11-29" in the viewer's zone. */
export function dayWords(date) {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** "20:50:00" of today, else "2026-11-29 20:50:00". */
export function timeWords(text, today = new Date()) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return String(text);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return dayWords(date) === dayWords(today) ? clock : `${dayWords(date)} ${clock}`;
}

/** A time as an element, from UTC as documents have it. */
export function timeElement(text) {
  if (!text) return make("span", {}, "not known");
  const exact = `${text.replace("T", " ").replace("Z", "")} UTC`;
  return make("time", { datetime: text, title: exact }, timeWords(text));
}

/** "4 s", "3 min", "2 h 5 min", "3 days": never less than it is by more than a tenth. */
export function ageWords(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 100) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}
