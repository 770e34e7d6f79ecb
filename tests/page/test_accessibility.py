"""axe-core finds nothing wrong: contrast, roles, names, structure."""

from __future__ import annotations

from itertools import pairwise

import pytest

from . import samples
from .browser import Page
from .fake_server import FakeServer

VIEWS = ("library", "aisle", "history")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_view_has_no_violations(page: Page, server: FakeServer, view: str, scheme: str) -> None:
    page.prefer(color_scheme=scheme)
    events = {"events": [samples.event(1, "first"), samples.event(2, "second", "info")]}
    server.documents = samples.everything(samples.busy(), history=samples.past(), events=events)
    page.open(f"{server.url}#{view}")
    ready = {"history": "#plots figure"}.get(view, "#tasks li")
    page.wait_for(lambda: page.is_seen(ready))
    if view == "library":
        page.place("45").click()
        page.wait_for(lambda: len(page.all("#events li")) == 2)
    assert page.run("return document.documentElement.dataset.theme") == scheme
    assert page.violations() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_banner_has_no_violations(page: Page, server: FakeServer, scheme: str) -> None:
    page.prefer(color_scheme=scheme)
    trouble = {"code": "x", "message": "it does not answer", "hint": "look", "since": samples.utc()}
    document = {**samples.busy(), "trouble": trouble, "state": "unknown"}
    server.documents = samples.everything(document)
    page.driver.get(server.url)
    page.wait_for(lambda: page.is_seen("#trouble"))
    assert page.violations() == []


def test_checker_sees_what_is_wrong(page: Page, server: FakeServer) -> None:
    server.documents = samples.everything()
    page.open(server.url)
    page.run("document.getElementById('search').previousElementSibling.remove()")
    page.run("document.getElementById('map-count').style.color = '#eee'")
    found = " ".join(page.violations())
    assert "label" in found and "color-contrast" in found


def test_colours_are_chosen_and_kept(page: Page, server: FakeServer) -> None:
    server.documents = samples.everything()
    page.open(server.url)
    theme = "return document.documentElement.dataset.theme"
    assert page.run(theme) == "light"
    page.prefer(color_scheme="dark")
    page.wait_for(lambda: page.run(theme) == "dark")
    page.one("#theme option[value=light]").click()
    page.wait_for(lambda: page.run(theme) == "light")
    page.open(server.url)
    assert page.run(theme) == "light"


def test_nothing_blinks_for_those_that_ask_for_it(page: Page, server: FakeServer) -> None:
    server.documents = samples.everything(samples.busy())
    page.open(server.url)
    animation = "return getComputedStyle(document.getElementById('place-7')).animationName"
    assert page.run(animation) == "moving"
    page.prefer(reduced_motion="reduce")
    page.wait_for(lambda: page.run(animation) == "none")


def test_landmarks_and_headings_are_in_order(page: Page, server: FakeServer) -> None:
    server.documents = samples.everything(samples.busy())
    page.open(server.url)
    assert len(page.all("body > header")) == len(page.all("main")) == len(page.all("nav")) == 1
    assert len(page.all("h1")) == 1
    levels = [int(each.tag_name[1]) for each in page.all("h1, h2, h3")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
