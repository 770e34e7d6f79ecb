"""Takes the README's pictures of the page, of a virtual library at work: ``make pictures``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from folders import quick_folder

from .browser import Page
from .served import Served

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"


@pytest.fixture
def vault() -> Iterator[Served]:
    """A library in which something is to be done, and something is being done."""
    with quick_folder() as folder:
        served = Served(
            folder,
            alias="vault",
            slots=40,
            magazine_size=10,
            drives=3,
            data_cartridges=27,
            free_slots=(3, 9, 16, 28, 36, 37, 38, 39, 40),
        )
        served.run("cleaner", "reserve", "39", "40")
        served.run("cleaner", "insert")
        for slot, drive in (("1", "0"), ("5", "1"), ("12", "2")):
            served.run("load", slot, drive)
        served.run("unload", "1")
        served.fault("wants-cleaning", "drive:2", "requested")
        served.run("cleaner", "status")  # asks the drives
        served.fault("magazine-out", "3")
        served.start()
        yield served
        served.stop()


def test_pictures(page: Page, vault: Served) -> None:
    FOLDER.mkdir(exist_ok=True)
    with vault.meanwhile("cleaner", "insert"):
        page.size(1180, 860)
        page.open(vault.url)
        page.wait_for(lambda: page.is_seen("#tasks .large") and page.is_live)
        vault.fault("robot-delay", "30")
        with vault.meanwhile("load", "7", "1"):
            page.wait_for(lambda: page.place("7").get_attribute("data-moving") == "from")
            page.prefer(reduced_motion="reduce")
            take(page, "page-light.png", "#trouble")
            page.prefer(reduced_motion="reduce", color_scheme="dark")
            take(page, "page-dark.png", "#map-section")
            page.prefer(reduced_motion="reduce")
            page.size(360, 640, is_phone=True)
            page.one("#to-aisle").click()
            take(page, "page-phone.png", "#trouble")
        vault.by_hand("put", "CLN009L8", "mail:2")
    page.driver.get("about:blank")


def take(page: Page, name: str, selector: str) -> None:
    """Keep what is shown from there on."""
    page.run("scrollTo(0, document.querySelector(arguments[0]).offsetTop)", selector)
    assert page.driver.save_screenshot(str(FOLDER / name))
