// Puts the page together: one library at a time, its picture into the panels, its news into the events.

import { Refused, get } from "./api.js";
import { mark } from "./clock.js";
import { Connection } from "./connection.js";
import { Detail } from "./detail.js";
import { Events } from "./events.js";
import { lastSeenWords } from "./find.js";
import { Freshness } from "./freshness.js";
import { showHistory } from "./history.js";
import { showLegend } from "./legend.js";
import { SlotMap } from "./map.js";
import { showAttention, showCleaners, showDrives, showLock, showMail, showMoves, showTasks } from "./panels.js";
import { showPlots } from "./plots.js";
import { Search } from "./search.js";
import { count, labelWords, make, setText, update } from "./text.js";
import { startTheme } from "./theme.js";
import { askForToken, takeToken } from "./token.js";
import { goToView, startViews } from "./views.js";

const HISTORY_SECONDS = 15;
const AGAIN_SECONDS = 3;
const NO_READING = { drives: [], slots: [], mail: [], picker: null, removal_prevented: false };
const element = (id) => document.getElementById(id);

const detail = new Detail(element("detail"));
const map = new SlotMap(element("map"), (cell) => detail.choose(cell));
const events = new Events();
const freshness = new Freshness({
  body: document.body, trouble: element("trouble"), state: element("state"), age: element("age"),
});
const search = new Search({ cells: allCells, goTo, onRecord: (label) => lastSeenWords(library, label) });
const askToken = askForToken(element("token-form"), () => (connection ? open(library) : choose()));
let library = null;
let connection = null;
let historyTimer = null;
let unanswered = null;

/** Every place that is shown, as [kind, cell]. */
function allCells() {
  const beside = [...document.querySelectorAll("#mail .cell, #drives .cell")];
  return [...beside.map((cell) => [/^place-([a-z]+)/.exec(cell.id)[1], cell]), ...map.cells.map((cell) => ["slot", cell])];
}

function goTo(cell) {
  goToView("library");
  // The view is shown by then.
  setTimeout(() => {
    if (cell.classList.contains("cell") && cell.role === "gridcell") map.goTo(cell);
    else {
      cell.parentElement.focus({ preventScroll: true });
      cell.parentElement.scrollIntoView({ block: "center" });
    }
  });
}

function showOverview(overview, age) {
  freshness.take(overview, age);
  const name = overview.library.alias ?? overview.library.id;
  setText(element("title"), labelWords(name));
  showTasks(overview.tasks, overview.library);
  showAttention(overview.attention);
  showMoves(overview.moves, overview.operations.filter((each) => each.state !== "waiting"));
  showLock(overview.lock);
  showStatus(overview.status ?? NO_READING, movingOf(overview.moves));
  showCleaners(overview.cleaners ?? [], overview.families ?? []);
  search.refresh();
  detail.refresh();
  const waiting = overview.tasks.length ? `(${overview.tasks.length}) ` : "";
  document.title = `${waiting}${labelWords(name)}: ${document.body.dataset.state} \u2013 changer`;
}

function showStatus(status, moving) {
  showMail(status, moving);
  showDrives(status.drives, moving);
  map.show(status.slots, moving);
  const full = status.slots.filter((each) => each.full).length;
  const absent = status.slots.filter((each) => each.present === false).length;
  setText(element("map-count"), `${count(status.slots.length, "slot")}: ${full.toLocaleString("en")} full, ${absent.toLocaleString("en")} not present.`);
}

/** "from" or "to" by address, of the moves that are being made. */
function movingOf(moves) {
  const running = moves.filter((each) => each.is_running);
  return new Map(running.flatMap((each) => [[each.source_address, "from"], [each.destination_address, "to"]]));
}

async function showPast() {
  clearTimeout(historyTimer);
  if (document.body.dataset.view !== "history" || !connection) return;
  const asked = library;
  const isWanted = () => asked === library;
  await Promise.all([showHistory(asked, isWanted), showPlots(asked, isWanted)]);
  clearTimeout(historyTimer);
  historyTimer = setTimeout(showPast, HISTORY_SECONDS * 1000);
}

function showLink(link) {
  freshness.setLink(link);
  if (link.status === 401) askToken();
}

/** Show another library; null: the only one. */
function open(id) {
  connection?.stop();
  library = id;
  freshness.clear();
  events.clear(id);
  document.body.dataset.shown = "nothing";
  connection = new Connection(id, {
    onOverview: showOverview,
    onEvent: (event) => events.take(event),
    onLink: (link) => {
      showLink(link);
      if (link.kind !== "lost") events.load();
    },
  });
  connection.start();
  showPast();
}

async function start() {
  takeToken();
  startTheme(element("theme"));
  startViews(showPast);
  showLegend(element("legend"));
  document.addEventListener("click", (event) => {
    const place = event.target.closest("[data-place]")?.dataset.place;
    if (!place) return;
    event.preventDefault();
    const cell = element(`place-${place}`) ?? element(`place-${place.split("-")[0]}`);
    if (cell) goTo(cell);
  });
  await choose();
}

/** Ask which libraries there are, until the server answers. */
async function choose() {
  const wanted = new URLSearchParams(location.search).get("library");
  let found;
  try {
    found = (await get("libraries")).document.libraries;
  } catch (error) {
    const { message, status } = error instanceof Refused ? error : { message: null, status: null };
    if (!unanswered || unanswered.message !== message) unanswered = { kind: "lost", message, status, since: mark() };
    showLink(unanswered);
    if (status !== 401) setTimeout(choose, AGAIN_SECONDS * 1000);
    return;
  }
  const select = element("libraries");
  element("chooser").hidden = found.length < 2;
  update(select, found, (each) => make("option", { value: each.id }, each.alias ?? each.id));
  const chosen = found.find((each) => [each.id, each.alias].includes(wanted)) ?? found[0];
  if (!chosen) {
    freshness.setLink({ kind: "lost", message: "The server shows no library", since: mark() });
    setTimeout(choose, AGAIN_SECONDS * 1000);
    return;
  }
  select.value = chosen.id;
  select.addEventListener("change", () => {
    history.replaceState(null, "", `?${new URLSearchParams({ library: select.value })}${location.hash}`);
    open(select.value);
  });
  open(chosen.id);
}

start();
