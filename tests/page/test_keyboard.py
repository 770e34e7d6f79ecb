"""Everything is reached with the keyboard alone."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from . import samples
from .browser import Page
from .fake_server import FakeServer


@pytest.fixture
def shown(page: Page, server: FakeServer) -> Page:
    server.documents = samples.everything(samples.busy())
    page.open(server.url)
    return page


def test_arrows_walk_the_map_and_it_is_one_stop_of_the_tabulator(shown: Page) -> None:
    columns = int(shown.one("#map").get_attribute("aria-colcount") or 0)
    assert columns % 5 == 0
    shown.place("1").click()
    for key, place in (
        (Keys.ARROW_RIGHT, 2),
        (Keys.ARROW_DOWN, 2 + columns),
        (Keys.ARROW_LEFT, 1 + columns),
        (Keys.ARROW_UP, 1),
        (Keys.ARROW_UP, 1),
        (Keys.END, columns),
        (Keys.HOME, 1),
        (Keys.PAGE_DOWN, min(1 + 5 * columns, 48)),
    ):
        shown.press(key)
        assert shown.focused() == f"place-{place}"
    assert len(shown.all('#map [tabindex="0"]')) == 1
    shown.press(Keys.TAB)
    assert not shown.focused().startswith("place-")


def test_tabulator_reaches_every_control_and_shows_where_it_is(shown: Page) -> None:
    seen = []
    for _ in range(50):
        shown.press(Keys.TAB)
        seen.append(shown.focused())
        style = shown.run("return getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid", seen[-1]
        if seen[-1] == "theme":
            break
    for wanted in ("to-library", "to-aisle", "to-history", "search", "search-next", "events-log"):
        assert wanted in seen
    assert sum(each.startswith("place-") for each in seen) == 1


def test_first_stop_skips_to_the_map(shown: Page) -> None:
    shown.press(Keys.TAB, Keys.ENTER)
    shown.press(Keys.TAB)
    assert shown.focused() == "place-1"


def test_focus_stays_when_what_is_shown_changes(shown: Page, server: FakeServer) -> None:
    shown.place("12").click()
    slots = [samples.slot(number) for number in range(1, 49)]
    server.show(overview=samples.overview(status=samples.status(slots=slots)))
    shown.wait_for(lambda: shown.cell("12")[0] == "empty")
    assert shown.focused() == "place-12"
    assert "empty" in shown.text("#detail")


def test_cells_say_everything_in_one_line(shown: Page) -> None:
    said = {
        "7": "slot 7, A00007L8, moving",
        "18": "slot 18, no label",
        "31": "slot 31, not present, Medium magazine removed (3B/12)",
        "45": "slot 45, CLN002L1, cleaning cartridge, reserved for a cleaning cartridge",
    }
    assert {place: shown.place(place).get_attribute("aria-label") for place in said} == said


def test_news_is_read_out_and_clocks_are_not(shown: Page) -> None:
    live = shown.all("[aria-live], [role=alert], [role=log]")
    heard = {each.get_attribute("id") for each in live}
    assert heard == {"trouble", "tasks", "attention", "moves", "events-log"}
    assert shown.one("#tasks").get_attribute("aria-live") == "assertive"
    assert shown.one("#age").get_attribute("aria-live") is None


def test_unchanged_tasks_are_not_read_out_again(shown: Page, server: FakeServer) -> None:
    shown.run("window.task = document.querySelector('#tasks li')")
    again = samples.busy()
    again["tasks"] = server.documents["overview"]["tasks"]
    server.show(overview={**again, "status": {**again["status"], "slots": []}})
    shown.wait_for(lambda: not shown.all("#map .cell"))
    assert shown.run("return window.task === document.querySelector('#tasks li')")
