"""Labels and messages are text, whatever is in them."""

from __future__ import annotations

import pytest

from . import samples
from .browser import Page
from .fake_server import FakeServer

MARKUP = "<img src=x onerror=alert(1)>"
LABELS = {
    MARKUP: MARKUP,
    "</script><script>": "</script><script>",
    "&lt;b&gt;": "&lt;b&gt;",
    " " * 32: "32 blanks",
    "": "0 blanks",
    "A\u202e8L1000": "A\\u{202E}8L1000",
    "A\x1b[31m\x07\n": "A\\x1B[31m\\x07\\x0A",
    "A\x00\x7f\x9b": "A\\x00\\x7F\\x9B",
    "a\u200bb\u2028c\u00a0d": "a\\u{200B}b\\u{2028}c\\xA0d",
    "\u05d0\u05d1\u05d2": "\u05d0\u05d1\u05d2",
    "W" * 32: "W" * 32,
    "${7*7}{{7*7}}": "${7*7}{{7*7}}",
    "__proto__": "__proto__",
}


@pytest.fixture
def hostile(page: Page, server: FakeServer) -> Page:
    """A library whose every text wants to be something else."""
    slots = [samples.slot(number, label) for number, label in enumerate(LABELS, start=1)]
    exception = {"asc": 0, "ascq": 0, "text": MARKUP}
    document = samples.overview(
        library=samples.library(MARKUP),
        status=samples.status(
            slots=slots,
            drives=[samples.drive(0, MARKUP, serial=MARKUP, device=MARKUP, exception=exception)],
            mail=[samples.mail(1, MARKUP, exception=exception)],
        ),
        attention=[samples.finding(MARKUP, MARKUP, "1", level=MARKUP, hint=MARKUP)],
        moves=[{**samples.move(MARKUP, "1", "drive:0", user=MARKUP), "source": MARKUP}],
        tasks=[samples.task(MARKUP)],
        cleaners=[samples.cleaner(MARKUP, MARKUP, 1, 1)],
        lock={"held": True, "holder": MARKUP, "waiting": 0},
    )
    seen = {"place": MARKUP, "until": MARKUP}
    find = {"cartridges": [{"volume_tag": MARKUP, "last_seen": seen}]}
    history = {"events": [samples.move(MARKUP, "1", "2", message=MARKUP, command=MARKUP)]}
    events = {"events": [samples.event(1, MARKUP, MARKUP)]}
    server.documents = samples.everything(document, history=history, events=events, find=find)
    page.open(server.url)
    page.wait_for(lambda: len(page.all("#events li")) == 1)
    return page


def test_labels_are_shown_as_they_are_and_what_does_not_print_by_its_number(hostile: Page) -> None:
    assert [hostile.cell(str(number))[2] for number in range(1, len(LABELS) + 1)] == list(
        LABELS.values()
    )


def test_markup_makes_no_element(hostile: Page) -> None:
    hostile.one("#to-history").click()
    hostile.wait_for(lambda: len(hostile.all("#history tr")) == 1)
    assert hostile.all("img, main script, b") == []
    for part in ("#tasks", "#attention", "#moves", "#mail", "#drives", "#cleaners", "#events"):
        assert (
            MARKUP.casefold()
            in hostile.run(
                "return document.querySelector(arguments[0]).textContent", part
            ).casefold()
        )
    assert MARKUP in hostile.text("#history")


def test_long_label_does_not_widen_its_cell(hostile: Page) -> None:
    widths = hostile.run(
        "return [...document.querySelectorAll('#map .cell')].map((cell) => cell.offsetWidth)"
    )
    assert max(widths) - min(widths) <= 1
    hostile.place(str(list(LABELS).index("W" * 32) + 1)).click()
    assert "W" * 32 in hostile.text("#detail")


def test_search_takes_patterns_literally(hostile: Page) -> None:
    for query, found in (("[31m", 1), ("(.*)+$", 0), ("<img*", 3), ("\\", 4)):
        hostile.one("#search").clear()
        hostile.one("#search").send_keys(query)
        assert hostile.text("#search-count").startswith(f"{found} place")
