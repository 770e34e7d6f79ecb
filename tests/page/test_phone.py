"""On a phone in a cold aisle: 360 by 640 pixels, gloves, and no mouse."""

from __future__ import annotations

import pytest

from . import samples
from .browser import Page
from .fake_server import FakeServer

TARGETS = "a, button, select, input, summary, #map .cell"
SMALL = (
    "return [...document.querySelectorAll(arguments[0])]"
    ".filter((each) => each.offsetParent !== null && !each.matches('.skip'))"
    ".map((each) => [each, each.getBoundingClientRect()])"
    ".filter(([, box]) => box.width < 44 || box.height < 44)"
    ".map(([each, box]) => `${each.tagName} ${each.id} ${box.width} ${box.height}`)"
)


@pytest.fixture
def phone(page: Page, server: FakeServer) -> Page:
    page.size(360, 640, is_phone=True)
    server.documents = samples.everything(samples.busy(), history=samples.past())
    page.open(f"{server.url}#aisle")
    return page


@pytest.mark.parametrize("view", ["library", "aisle", "history"])
def test_view_fits_the_screen_and_a_glove(phone: Page, view: str) -> None:
    phone.one(f"#to-{view}").click()
    phone.wait_for(lambda: phone.is_seen({"history": "#plots figure"}.get(view, "#tasks li")))
    assert phone.run("return document.documentElement.scrollWidth") <= 360
    assert phone.run(SMALL, TARGETS) == []


@pytest.mark.parametrize("view", ["library", "aisle"])
def test_task_is_in_large_letters_and_in_sight(phone: Page, view: str) -> None:
    phone.one(f"#to-{view}").click()
    task = phone.one("#tasks .large")
    assert float(task.value_of_css_property("font-size").removesuffix("px")) >= 24
    assert phone.run("return arguments[0].getBoundingClientRect().bottom <= innerHeight", task)


def test_aisle_shows_what_is_needed_there_and_no_more(phone: Page) -> None:
    assert phone.is_seen("#mail") and phone.is_seen("#tasks")
    assert not phone.is_seen("#map") and not phone.is_seen("#history")


def test_banner_stays_in_sight(phone: Page, server: FakeServer) -> None:
    server.show(overview=samples.overview(age=900))
    phone.wait_for(lambda: phone.shown == "past")
    phone.one("#to-library").click()
    phone.run("scrollTo(0, document.body.scrollHeight)")
    assert phone.run("return document.getElementById('trouble').getBoundingClientRect().top") == 0
