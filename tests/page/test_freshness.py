"""The past is never shown as the present."""

from __future__ import annotations

import time

import pytest

from . import samples
from .browser import Page
from .fake_server import FakeServer


@pytest.fixture
def shown(page: Page, server: FakeServer) -> Page:
    """A library at rest, live."""
    server.documents = samples.everything()
    page.open(server.url)
    page.wait_for(lambda: page.shown == "present" and page.is_live)
    page.may_lose_the_server = True
    return page


def test_present_has_no_banner(shown: Page) -> None:
    assert not shown.is_seen("#trouble")
    assert "ok, live" in shown.text("#state")
    assert shown.text("#age").startswith("read ")


def test_server_that_is_gone_is_said_and_comes_back_by_itself(
    shown: Page, server: FakeServer
) -> None:
    server.stop()
    shown.wait_for(lambda: shown.shown == "past")
    banner = shown.text("#trouble")
    assert banner.startswith("Not the present. The server does not answer (since ")
    assert "What is shown is " in banner and " old." in banner
    assert "no connection" in shown.text("#state") and "unknown" in shown.text("#state")
    assert not shown.is_seen("#attention-none")  # nothing is claimed
    slots = [samples.slot(1, "B00001L8")]
    server.documents["overview"] = samples.overview(status=samples.status(slots=slots))
    server.start()
    shown.wait_for(lambda: shown.shown == "present" and shown.is_live)
    assert shown.cell("1")[2] == "B00001L8"
    assert not shown.is_seen("#trouble")


def test_server_that_is_gone_from_the_start_is_said(page: Page, server: FakeServer) -> None:
    server.documents = samples.everything(libraries=None)
    page.driver.get(server.url)
    page.may_lose_the_server = True
    page.wait_for(lambda: page.is_seen("#trouble"))
    assert not page.is_seen("#map-section")
    server.documents = samples.everything()
    page.wait_for(lambda: page.shown == "present")


def test_silent_connection_is_given_up(page: Page, server: FakeServer) -> None:
    """A host that lost its power closes no connection; the page's own clocks have to tell."""
    server.documents = samples.everything()
    page.may_lose_the_server = True
    with page.short_waits():
        page.open(server.url)
        page.wait_for(lambda: page.is_live)
        server.is_mute = True
        page.wait_for(lambda: page.shown == "past")
    assert "The server does not answer" in page.text("#trouble")


def test_library_that_does_not_answer_is_said_with_its_age(shown: Page, server: FakeServer) -> None:
    trouble = {
        "code": "library-offline",
        "message": "demo does not answer",
        "hint": "look at its front panel",
        "since": samples.utc(300),
    }
    server.show(overview=samples.overview(age=320, trouble=trouble, state="unknown"))
    shown.wait_for(lambda: shown.shown == "past")
    banner = shown.text("#trouble")
    assert "demo does not answer (since " in banner
    assert "look at its front panel" in banner and "5 min old" in banner
    assert "unknown" in shown.text("#state")
    server.show(overview=samples.overview())
    shown.wait_for(lambda: shown.shown == "present")


def test_library_that_never_answered_shows_no_places(page: Page, server: FakeServer) -> None:
    document = samples.overview(reading=None, status=None, state="unknown")
    server.documents = samples.everything(document)
    page.driver.get(server.url)
    page.wait_for(lambda: "has not been read yet" in page.text("#trouble"))
    assert not page.is_seen("#map-section") and not page.is_seen("#drives-section")


def test_reading_that_is_late_is_old(shown: Page, server: FakeServer) -> None:
    held = {"held": True, "holder": "process 1", "waiting": 0}
    server.show(overview=samples.overview(age=600, lock=held))
    shown.wait_for(lambda: shown.shown == "past")
    assert "has not been read lately" in shown.text("#trouble")
    assert "Another process is using it." in shown.text("#trouble")


def test_reading_of_a_slow_library_is_not_late(shown: Page, server: FakeServer) -> None:
    """It is read for five hundredths of the time at most, and so less often."""
    document = samples.overview(age=300, tasks=[samples.task("look")])
    document["reading"]["took_seconds"] = 10.0
    server.show(overview=document)
    shown.wait_for(lambda: shown.is_seen("#tasks li"))
    assert shown.shown == "present" and shown.text("#age") == "read 5 min ago"


def test_page_that_slept_is_old_when_it_wakes(shown: Page, server: FakeServer) -> None:
    """Before anything is fetched: the steady clock stood still, the other one did not."""
    shown.run("const now = Date.now; Date.now = () => now() + 3600_000")
    shown.wait_for(lambda: shown.shown == "past")
    assert "1 h old" in shown.text("#trouble")


def test_age_is_by_the_clock_of_the_server(page: Page, server: FakeServer) -> None:
    """That of the viewer may be wrong by hours."""
    server.documents = samples.everything()
    server.now = time.time() + 7200
    page.driver.get(server.url)
    page.wait_for(lambda: page.shown == "past")
    assert page.text("#age") == "read 2 h ago"


def test_without_a_stream_the_page_asks_every_few_seconds(page: Page, server: FakeServer) -> None:
    server.has_stream = False
    server.documents = samples.everything()
    page.may_lose_the_server = True
    page.open(server.url)
    page.wait_for(lambda: "asking every few seconds" in page.text("#state"))
    slots = [samples.slot(1, "B00001L8")]
    server.documents["overview"] = samples.overview(status=samples.status(slots=slots))
    page.wait_for(lambda: page.cell("1")[2] == "B00001L8")
    server.has_stream = True
    page.wait_for(lambda: "ok, live" in page.text("#state"))


def test_refusal_of_the_server_is_shown_in_its_words(shown: Page, server: FakeServer) -> None:
    server.documents["overview"] = None  # type: ignore[assignment]
    server.send("overview", {})
    shown.wait_for(lambda: shown.shown == "past")
    assert "there is no such document" in shown.text("#trouble")


def test_past_looks_different(shown: Page, server: FakeServer) -> None:
    border = "return getComputedStyle(document.querySelector('main')).borderTopStyle"
    assert shown.run(border) == "none"
    server.show(overview=samples.overview(age=600))
    shown.wait_for(lambda: shown.shown == "past")
    assert shown.run(border) == "dashed"
    assert shown.run("return document.getElementById('trouble').getAttribute('role')") == "alert"
