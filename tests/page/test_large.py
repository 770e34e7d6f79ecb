"""Thousands of slots."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from . import samples
from .browser import Page
from .fake_server import FakeServer


def slots(count: int) -> list[samples.Document]:
    return [
        samples.slot(number, f"A{number:05d}L8" if number % 3 else None)
        for number in range(1, count + 1)
    ]


def show(page: Page, server: FakeServer, count: int) -> None:
    server.documents = samples.everything(
        samples.overview(status=samples.status(slots=slots(count)))
    )
    page.open(server.url)


@pytest.mark.parametrize("count", [2000, 10_000])
def test_every_slot_is_there_and_can_be_used(page: Page, server: FakeServer, count: int) -> None:
    show(page, server, count)
    assert page.run("return document.querySelectorAll('#map .cell').length") == count
    page.press("/", f"A{count:05d}", Keys.ENTER)
    page.wait_for(lambda: page.focused() == f"place-{count}")
    assert page.place(str(count)).is_displayed()
    box = page.run("return document.activeElement.getBoundingClientRect().toJSON()")
    assert 0 <= box["top"] < 900


def test_change_touches_few_nodes(page: Page, server: FakeServer) -> None:
    show(page, server, 2000)
    changed = slots(2000)
    changed[0], changed[2] = samples.slot(1), samples.slot(3, "A00001L8")
    with page.counting_changes() as changes:
        server.show(overview=samples.overview(status=samples.status(slots=changed)))
        page.wait_for(lambda: page.cell("3")[2] == "A00001L8")
        assert 0 < changes() <= 12


def test_reading_without_a_change_touches_nothing(page: Page, server: FakeServer) -> None:
    show(page, server, 2000)
    with page.counting_changes() as changes:
        status = samples.status(slots=slots(2000))
        server.show(overview=samples.overview(tasks=[samples.task("look")], status=status))
        page.wait_for(lambda: page.is_seen("#tasks li"))
        assert changes() == 0


def test_rows_adapt_to_the_width(page: Page, server: FakeServer) -> None:
    show(page, server, 100)
    wide = int(page.one("#map").get_attribute("aria-colcount") or 0)
    assert cut_labels(page) == []
    page.place("50").click()
    page.size(360, 640)
    page.wait_for(lambda: page.one("#map").get_attribute("aria-colcount") == "4")
    assert wide > 5
    assert cut_labels(page) == []
    assert page.focused() == "place-50"
    first = [each.text.split()[0] for each in page.all("#map .row:nth-child(2) .cell")]
    assert first == ["5", "6", "7", "8"]


def cut_labels(page: Page) -> list[str]:
    """Labels, of eight characters here, for which their cells are too narrow."""
    script = (
        "return [...document.querySelectorAll('#map .label')]"
        ".filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)"
    )
    return list(page.run(script))
