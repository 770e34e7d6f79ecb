"""The page of ``changer serve`` itself, while others work with the library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from folders import quick_folder

from .browser import Page
from .served import Served


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A virtual library and its server, for all tests of this module."""
    with quick_folder() as folder:
        served = Served(folder)
        served.start()
        yield served
        served.stop()


@pytest.fixture
def live(page: Page, served: Served) -> Iterator[Page]:
    """The page, which is never loaded again."""
    page.open(served.url)
    page.wait_for(lambda: page.shown == "present" and page.is_live)
    page.run("window.isTheSame = true")
    yield page
    assert page.run("return window.isTheSame")


def test_move_of_another_process_is_seen(live: Page, served: Served) -> None:
    label = live.cell("1")[2]
    assert live.cell("drive:0")[0] == "empty"
    served.run("load", "1", "0")
    live.wait_for(lambda: live.cell("drive:0")[2] == label)
    assert live.cell("1")[0] == "empty"
    served.run("unload", "0")
    live.wait_for(lambda: live.cell("1")[2] == label)
    live.one("#to-history").click()
    live.wait_for(lambda: len(live.all("#history tr")) >= 2)
    assert "from slot 1 to drive 0 ok" in live.text("#history")
    live.wait_for(lambda: len(live.all("#plots figure")) == 4)


def test_move_is_shown_while_it_is_made(live: Page, served: Served) -> None:
    served.fault("robot-delay", "6")
    with served.meanwhile("load", "2", "1"):
        live.wait_for(lambda: live.place("2").get_attribute("data-moving") == "from")
        assert "from slot 2 to drive 1" in live.text("#moves")
    served.fault("clear")
    live.wait_for(lambda: live.cell("drive:1")[0] == "full")
    served.run("unload", "1")
    live.wait_for(lambda: live.is_seen("#moves-none"))


def test_person_is_told_what_to_do_until_it_is_done(live: Page, served: Served) -> None:
    served.by_hand("take", "mail:1")
    served.run("cleaner", "reserve", "11")
    live.one("#to-aisle").click()
    with served.meanwhile("cleaner", "insert"):
        live.wait_for(lambda: live.is_seen("#tasks .large"))
        assert "cleaning cartridge" in live.text("#tasks") and "mail slot" in live.text("#tasks")
        served.by_hand("put", "CLN009L8", "mail:1")
    live.wait_for(lambda: live.is_seen("#tasks-none"))
    live.wait_for(lambda: live.cell("11") == ("cleaner", "CR", "CLN009L8"))
    assert "CLN009L8" in live.run("return document.getElementById('cleaners').textContent")


def test_cartridge_that_was_taken_out_was_last_seen_there(live: Page, served: Served) -> None:
    label = live.cell("3")[2]
    served.by_hand("remove", "3")
    live.wait_for(lambda: live.cell("3")[0] == "empty")
    live.one("#search").send_keys(label)
    live.wait_for(lambda: f"{label} was last seen in slot 3" in live.text("#search-count"))
    served.by_hand("insert", label, "3")


def test_magazine_that_is_taken_out_is_not_empty(live: Page, served: Served) -> None:
    served.fault("magazine-out", "1")
    live.wait_for(lambda: live.cell("1")[0] == "absent")
    assert live.cell("1")[2] == "out"
    live.wait_for(lambda: "magazine" in live.text("#events"))
    served.fault("magazine-in", "1")
    live.wait_for(lambda: live.cell("1")[0] == "full")


def test_library_that_does_not_answer_is_said(live: Page, served: Served) -> None:
    served.fault("unplugged")
    live.wait_for(lambda: live.shown == "past")
    assert "Not the present." in live.text("#trouble")
    assert "What is shown is " in live.text("#trouble")
    assert live.cell("1")[0] == "full"  # as it was
    served.fault("plugged")
    live.wait_for(lambda: live.shown == "present")
    assert not live.is_seen("#trouble")


def test_server_that_ends_is_said_and_comes_back(live: Page, served: Served) -> None:
    live.may_lose_the_server = True
    served.stop()
    live.wait_for(lambda: live.shown == "past")
    assert "The server does not answer" in live.text("#trouble")
    served.start()
    live.wait_for(lambda: live.shown == "present" and live.is_live)


def test_token_is_asked_for_or_taken_from_the_address(page: Page, tmp_path: Path) -> None:
    token = "a-token-of-16-characters"
    file = tmp_path / "token"
    file.write_text(token)
    file.chmod(0o600)
    page.may_lose_the_server = True
    with quick_folder() as folder:
        served = Served(folder, "--token-file", str(file))
        served.start()
        page.driver.get(served.url)
        page.wait_for(lambda: page.is_seen("#token"))
        assert page.shown == "nothing"
        page.one("#token").send_keys("a-wrong-one-of-characters\n")
        page.wait_for(lambda: page.is_seen("#token"))
        page.one("#token").clear()
        page.one("#token").send_keys(f"{token}\n")
        page.wait_for(lambda: page.shown == "present" and page.is_live)
        page.run("sessionStorage.clear()")
        page.driver.get("about:blank")
        page.open(f"{served.url}#token={token}")
        assert token not in page.driver.current_url
        served.stop()


def test_two_thousand_slots_of_a_library_change_by_few_nodes(page: Page) -> None:
    with quick_folder() as folder:
        served = Served(folder, profile="large", slots=2000)
        served.start()
        page.open(served.url)
        page.wait_for(lambda: page.shown == "present" and page.is_live)
        assert page.run("return document.querySelectorAll('#map .cell').length") == 2000
        with page.counting_changes() as changes:
            served.run("load", "1", "0")
            page.wait_for(lambda: page.cell("1")[0] == "empty")
            assert 0 < changes() <= 30
        page.driver.get("about:blank")
        served.stop()
