"""Search by label and place."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from . import samples
from .browser import Page
from .fake_server import FakeServer


@pytest.fixture
def shown(page: Page, server: FakeServer) -> Page:
    drives = [samples.drive(0, "A00011L8"), samples.drive(1)]
    server.documents = samples.everything(samples.overview(status=samples.status(drives=drives)))
    page.open(server.url)
    return page


def test_query_marks_and_counts_what_it_finds(shown: Page) -> None:
    queries = {
        "A00003": ["place-3"],
        "a00003l8": ["place-3"],
        "A0001*": ["place-10", "place-drive:0"],
        "A*1L8": ["place-1", "place-drive:0"],
        "A0000?L8": [f"place-{number}" for number in range(1, 10)],
        "12": ["place-12"],
        "drive:1": ["place-drive:1"],
        "mail:2": ["place-mail:2"],
        "picker": ["place-picker"],
        "@1012": ["place-12"],
        "nothing": [],
    }
    found = {}
    for query in queries:
        shown.one("#search").clear()
        shown.one("#search").send_keys(query)
        marked = [str(each.get_attribute("id")) for each in shown.all("[data-found]")]
        assert shown.text("#search-count").startswith(f"{len(marked)} place")
        found[query] = sorted(marked)
    assert found == queries


def test_slash_starts_a_search_and_enter_goes_to_what_is_found(shown: Page) -> None:
    shown.press("/", "A0000", Keys.ENTER)
    shown.wait_for(lambda: shown.focused() == "place-1")
    assert shown.text("#search-count") == "1 of 9 places found, of 29."
    shown.press("/")
    assert shown.focused() == "search"
    shown.press(Keys.ARROW_RIGHT, Keys.ENTER)
    shown.wait_for(lambda: shown.focused() == "place-2")
    shown.press("/", Keys.ESCAPE)
    assert shown.all("[data-found]") == []


def test_label_that_is_not_shown_was_last_seen_somewhere(shown: Page, server: FakeServer) -> None:
    seen = {"place": "drive:0", "until": samples.utc(60)}
    server.documents["find"] = {"cartridges": [{"volume_tag": "A00077L8", "last_seen": seen}]}
    shown.one("#search").send_keys("A00077L8")
    shown.wait_for(lambda: "was last seen in drive 0" in shown.text("#search-count"))
    assert "/api/v1/find?library=" in server.asked[-1]
    server.documents["find"] = {"cartridges": [{"volume_tag": "A00078L8", "last_seen": None}]}
    shown.one("#search").clear()
    shown.one("#search").send_keys("A00078L8")
    shown.wait_for(lambda: "Nothing of that label is on record." in shown.text("#search-count"))


def test_mark_follows_a_cartridge_that_moves(shown: Page, server: FakeServer) -> None:
    shown.one("#search").send_keys("A00011L8")
    shown.wait_for(lambda: shown.all("[data-found]"))
    slots = [samples.slot(1, "A00011L8"), samples.slot(2)]
    server.show(overview=samples.overview(status=samples.status(slots=slots)))
    shown.wait_for(lambda: shown.place("1").get_attribute("data-found") is not None)
    assert len(shown.all("[data-found]")) == 1
