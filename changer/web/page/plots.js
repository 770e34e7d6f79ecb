// Four plots of the last days, each with a sentence and a table that say the same.

import { get } from "./api.js";
import { Chart } from "./chart.js";
import { count, labelWords, make } from "./text.js";

const DAYS = 90;
const DAY = 86_400_000;
let shown = null;

/** isWanted() says whether it is still that library which is shown. */
export async function showPlots(library, isWanted) {
  const section = document.getElementById("plots");
  let found;
  try {
    found = (await get("plots", { library, days: DAYS })).document;
  } catch (error) {
    section.replaceChildren(make("p", {}, `The plots could not be fetched: ${error.message}`));
    shown = null;
    return;
  }
  if (!isWanted()) return;
  const key = JSON.stringify(found);
  if (key === shown && section.children.length) return; // an open table stays open
  shown = key;
  const to = Date.now();
  const span = { from: to - DAYS * DAY, to };
  section.replaceChildren(
    moves(found.days, span), loads(found.loads, span), cleanings(found.cleaners, span), requests(found.requests, span),
  );
}

/** A figure: its title, its summary, the chart if there is one, and the table. */
function figure(title, summary, chart, heads, rows) {
  const head = make("tr", {}, ...heads.map((each) => make("th", { scope: "col" }, each)));
  const body = rows.map((row) => make("tr", {}, ...row.map((each) => make("td", {}, each))));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  const wide = make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": `${title}, as a table` }, table);
  return make(
    "figure",
    {},
    make("h2", {}, title),
    make("figcaption", {}, summary),
    rows.length ? (chart?.element ?? null) : null,
    rows.length ? make("details", {}, make("summary", {}, "As a table"), wide) : null,
  );
}

const most = (values) => values.reduce((one, other) => Math.max(one, other), 0);
const sum = (values) => values.reduce((one, other) => one + other, 0);

function moves(days, span) {
  const [all, failed] = [sum(days.map((each) => each.moves)), sum(days.map((each) => each.failed))];
  const title = "Moves a day";
  const summary = `${count(all, "move")} in ${DAYS} days, of which ${failed} failed (outlined).`;
  const chart = new Chart({ ...span, most: most(days.map((each) => each.moves)), unit: "moves", label: `${title}. ${summary}` });
  for (const { day, moves: high, failed: low } of days) {
    const time = Date.parse(day);
    chart.bar({ time, span: DAY, low: 0, high: low, name: "bad" });
    chart.bar({ time, span: DAY, low, high, name: "good" });
  }
  const rows = days.filter((each) => each.moves).map((each) => [each.day, String(each.moves), String(each.failed)]);
  return figure(title, summary, chart, ["Day (UTC)", "Moves", "Failed"], rows.reverse());
}

function loads(found, span) {
  const drives = [...new Set(found.map((each) => each.drive))].sort((one, other) => one - other);
  const title = "Time of each load";
  const longest = most(found.map((each) => each.seconds));
  const summary = found.length
    ? `${count(found.length, "load")}; the longest took ${longest.toFixed(0)} s. Each drive has a shape of its own.`
    : "No load is on record.";
  const chart = new Chart({ ...span, most: longest, unit: "seconds", label: `${title}. ${summary}` });
  for (const { at, seconds, drive } of found)
    chart.dot({ time: Date.parse(at), value: seconds, series: drives.indexOf(drive) });
  const rows = drives.map((drive) => {
    const times = found.filter((each) => each.drive === drive).map((each) => each.seconds).sort((one, other) => one - other);
    const middle = times[Math.floor(times.length / 2)];
    return [`drive ${drive}`, String(times.length), `${middle.toFixed(1)} s`, `${times.at(-1).toFixed(1)} s`];
  });
  return figure(title, summary, chart, ["Drive", "Loads", "Median", "Longest"], rows);
}

function cleanings(cleaners, { from, to }) {
  const ends = cleaners.map((each) => (each.used_up_on ? Date.parse(each.used_up_on) : to));
  const end = Math.min(most([to, ...ends]), to + 2 * DAYS * DAY);
  const title = "Cleanings left";
  const first = cleaners.map((each) => each.used_up_on).filter(Boolean).sort()[0];
  const summary = first
    ? `At this rate, the first cleaning cartridge will be used up on ${first} (dashed: expected).`
    : "When a cleaning cartridge will be used up can't be estimated yet.";
  const highest = most(cleaners.flatMap((each) => [each.cleans_left ?? 0, ...each.uses.map((use) => use.cleans_left ?? 0)]));
  const chart = new Chart({ from, to: end, most: highest, unit: "cleanings left", label: `${title}. ${summary}` });
  cleaners.forEach((each, series) => drawCleaner(chart, each, series, { from, to, end }));
  const rows = cleaners.map((each) => [
    name(each),
    each.slot === null ? "none" : `slot ${each.slot}`,
    each.cleans_left === null ? "not known" : String(each.cleans_left),
    each.uses_per_day === null ? "not known" : each.uses_per_day.toFixed(2),
    each.used_up_on ?? `not known: ${each.why_not ?? "no reason given"}`,
  ]);
  return figure(title, summary, chart, ["Label", "Slot", "Left", "Uses a day", "Used up on"], rows);
}

function drawCleaner(chart, cleaner, series, { from, to, end }) {
  const points = cleaner.uses
    .filter((use) => use.cleans_left !== null && Date.parse(use.at) >= from)
    .map((use) => [Date.parse(use.at), use.cleans_left]);
  if (cleaner.cleans_left === null) return;
  if (points.length === 0) points.push([from, cleaner.cleans_left]);
  points.push([to, cleaner.cleans_left]);
  chart.steps(points, series);
  if (!cleaner.used_up_on) return;
  const until = Date.parse(cleaner.used_up_on);
  const left = until <= end ? 0 : cleaner.cleans_left * (1 - (end - to) / (until - to));
  chart.expected([to, cleaner.cleans_left], [Math.min(until, end), left], series);
}

const name = (cleaner) => (cleaner.volume_tag === null ? "no label" : labelWords(cleaner.volume_tag));

function requests(days, span) {
  const all = sum(days.map((each) => each.requested));
  const title = "Cleaning requests of drives";
  const summary = `${count(all, "request")} in ${DAYS} days.`;
  const chart = new Chart({ ...span, most: most(days.map((each) => each.requested)), unit: "requests", label: `${title}. ${summary}` });
  for (const { day, requested } of days)
    chart.bar({ time: Date.parse(day), span: DAY, low: 0, high: requested, name: "good" });
  const rows = days.filter((each) => each.requested).map((each) => [each.day, String(each.requested)]);
  return figure(title, summary, chart, ["Day (UTC)", "Requests"], rows.reverse());
}
