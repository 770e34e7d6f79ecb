"""What is shown of a library: each state of a place, and each part of the page."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from . import samples
from .browser import Page
from .fake_server import FakeServer


@pytest.fixture
def busy(page: Page, server: FakeServer) -> Page:
    """A library in which there is one of everything."""
    server.documents = samples.everything(samples.busy(), history=samples.past())
    page.open(server.url)
    return page


def test_place_shows_its_state(busy: Page) -> None:
    shown = {
        "1": ("full", "", "A00001L8"),
        "18": ("full", "", "no label"),
        "19": ("empty", "", "empty"),
        "25": ("unknown", "!", "unknown"),
        "31": ("absent", "!", "out"),
        "45": ("cleaner", "CR", "CLN002L1"),
        "46": ("empty", "R", "empty"),
        "7": ("full", "\u2197", "A00007L8"),
        "drive:0": ("full", "", "A00004L8"),
        "drive:1": ("empty", "\u2198", "empty"),
        "drive:2": ("unknown", "!", "unknown"),
        "mail:1": ("full", "", "A00099L8"),
        "mail:2": ("empty", "", "empty"),
        "mail:3": ("absent", "", "open?"),
        "picker": ("full", "", "A00007L8"),
    }
    assert {place: busy.cell(place) for place in shown} == shown


def test_states_differ_without_colours(busy: Page) -> None:
    """Words, marks, and the style and width of borders tell them apart."""
    script = (
        "return [...document.querySelectorAll('#legend .cell')].map((cell) => {"
        " const style = getComputedStyle(cell);"
        " const words = cell.dataset.state === 'full' ? 'label' : cell.children[2].textContent;"
        " const mark = cell.children[1].textContent;"
        " return [style.borderTopStyle, style.borderTopWidth, mark, words] })"
    )
    looks = [tuple(each) for each in busy.run(script)]
    assert len(looks) == len(set(looks)) == 9


def test_drives_show_device_serial_cartridge_and_request(busy: Page) -> None:
    first, second, third = (each.text for each in busy.all("#drives > li"))
    for words in ("Drive 0", "A00004L8", "slot 4", "D000000", "/dev/tape/by-id/scsi-D000000-nst"):
        assert words in first
    assert "asks for cleaning" in second
    assert "not reported" in third and "occupancy unknown (83/03)" in third


def test_person_reads_what_to_do(busy: Page) -> None:
    assert "Put a cleaning cartridge into mail slot 2" in busy.text("#tasks")
    assert not busy.is_seen("#tasks-none")
    assert busy.driver.title.startswith("(1) demo")


def test_what_wants_attention_comes_with_hints_and_leads_to_places(busy: Page) -> None:
    shown = busy.text("#attention")
    assert "drive 1 asks for cleaning" in shown and "changer clean 1" in shown
    busy.one('#attention a[data-place="31-40"]').click()
    busy.wait_for(lambda: busy.focused() == "place-31")
    detail = busy.text("#detail")
    assert "slot 31" in detail and "1031 (407h)" in detail and "Medium magazine removed" in detail


def test_move_under_way_and_users_of_the_library_are_named(busy: Page) -> None:
    assert "A00007L8 from slot 7 to drive 1" in busy.text("#moves")
    assert "process 4711 (changer load)" in busy.text("#lock")
    assert "1 process is waiting" in busy.text("#lock")
    assert "prevented from removing media" in busy.text("#removal")


def test_cleaners_show_what_is_left(busy: Page) -> None:
    rows = [each.text for each in busy.all("#cleaners tr")]
    assert rows[0].startswith("CLN002L1 slot 45 usable 42 8")
    assert rows[2].startswith("CLN003L1 none away not known 8")
    assert "2 usable cartridges, 44 cleanings left" in busy.text("#families")


def test_events_come_newest_first_and_live(page: Page, server: FakeServer) -> None:
    server.documents = samples.everything(
        events={"events": [samples.event(1, "first"), samples.event(2, "second")]}
    )
    page.open(server.url)
    page.wait_for(lambda: len(page.all("#events li")) == 2)
    page.wait_for(lambda: server.streams == 1 and page.is_live)
    server.send("event", samples.event(3, "third", "critical"))
    page.wait_for(lambda: len(page.all("#events li")) == 3)
    messages = [each.text.split()[-1] for each in page.all("#events li")]
    assert messages == ["third", "second", "first"]


def test_times_have_the_exact_one_in_utc(busy: Page) -> None:
    time = busy.one("#moves time")
    assert time.get_attribute("datetime").endswith("Z")
    assert time.get_attribute("title").endswith(" UTC")


def test_nothing_to_do_is_said(page: Page, server: FakeServer) -> None:
    server.documents = samples.everything()
    page.open(server.url)
    for part in ("tasks", "attention", "moves"):
        assert page.is_seen(f"#{part}-none")
    assert "Nothing is waiting for a person." in page.text("#tasks-section")


def test_history_has_a_table_and_four_plots_with_tables(busy: Page) -> None:
    busy.one("#to-history").click()
    busy.wait_for(lambda: len(busy.all("#plots figure")) == 4 and busy.all("#history tr"))
    rows = [each.text for each in busy.all("#history tr")]
    assert len(rows) == 10
    assert "A00001L8 from slot 1 to drive 1 ok operator" in rows[0]
    assert "not moved" in rows[2]
    titles = [each.text for each in busy.all("#plots h2")]
    assert titles == [
        "Moves a day",
        "Time of each load",
        "Cleanings left",
        "Cleaning requests of drives",
    ]
    assert len(busy.all("#plots svg[role=img]")) == 4
    for figure in busy.all("#plots figure"):
        figure.find_element(By.CSS_SELECTOR, "summary").click()
        assert figure.find_elements(By.CSS_SELECTOR, "tbody tr")


def test_plot_says_when_each_cleaner_will_be_used_up(busy: Page) -> None:
    busy.one("#to-history").click()
    busy.wait_for(lambda: len(busy.all("#plots figure")) == 4)
    figure = busy.all("#plots figure")[2]
    day = samples.plots()["cleaners"][0]["used_up_on"]
    assert f"used up on {day}" in figure.text
    figure.find_element(By.CSS_SELECTOR, "summary").click()
    assert "not known: it was not used yet" in figure.text


def test_library_is_chosen_where_there_are_several(page: Page, server: FakeServer) -> None:
    other = samples.library("other", library_id="OTHER_LIBRARY_2")
    slots = [samples.slot(1, "B00001L8")]
    both = {
        samples.LIBRARY: samples.overview(),
        other["id"]: samples.overview(library=other, status=samples.status(slots=slots)),
    }
    libraries = {"libraries": [samples.library(), other]}
    server.documents = samples.everything(libraries=libraries, overview=both)
    page.open(f"{server.url}?library=other")
    page.wait_for(lambda: page.cell("1")[2] == "B00001L8")
    Select(page.one("#libraries")).select_by_visible_text("demo")
    page.wait_for(lambda: page.cell("1")[2] == "A00001L8")
    assert page.driver.current_url.endswith(f"?library={samples.LIBRARY}")
    assert len(page.all("#map .cell")) == 24


def test_one_library_needs_no_choice(busy: Page) -> None:
    assert not busy.is_seen("#libraries")
