"""Metrics as text: what independent parsers read of it is what was meant, whatever the labels."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changer.library.model import Identity
from changer.metrics.catalogue import METRICS
from changer.metrics.text import TEXT_FORMATS, TextFormat, accepted_format, render
from changer.overview.overview import Overview
from changer.printable import printable
from changer.store.sharing import LockUse
from changer.values import replace

from .pictures import OVERVIEW, READING, RECORDS, STATUS, TROUBLE, drive
from .scraped import scraped, value

HOSTILE = ('"', "\\", "\n", "a\nb", '"} 1\n', "<b>&amp;</b>", "{}", "#", "\x00", "\r", "ü", "\\n")
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))


# With a series of every metric.
WHOLE = replace(
    OVERVIEW, trouble=TROUBLE, records=replace(RECORDS, lock=LockUse(held=True, waiting=1))
)


def named(serial: str, alias: str) -> Overview:
    """A library of which every text is a stranger's."""
    return replace(
        OVERVIEW,
        library_id=serial,
        alias=alias,
        identity=Identity(alias, serial, alias, serial),
        reading=replace(READING, status=replace(STATUS, drives=(drive(0, True, serial=alias),))),
    )


@pytest.mark.parametrize("text_format", TEXT_FORMATS)
@settings(max_examples=40, deadline=None)
@given(serial=TEXTS, alias=TEXTS)
def test_any_label_is_read_as_it_is_printed(
    text_format: TextFormat, serial: str, alias: str
) -> None:
    families = scraped(render([named(serial, alias)], text_format=text_format), text_format)
    ((_, labels),) = families["changer_info"].samples
    assert dict(labels) == {
        "library": printable(serial),
        "alias": printable(alias),
        "vendor": printable(alias),
        "product": printable(serial),
        "revision": printable(alias),
        "serial": printable(serial),
        "device": "/dev/sg3",
    }
    ((_, labels),) = families["changer_drive_full"].samples
    assert dict(labels)["serial"] == printable(alias)


@pytest.mark.parametrize("text_format", TEXT_FORMATS)
def test_every_metric_is_what_the_catalogue_says(text_format: TextFormat) -> None:
    families = scraped(render([WHOLE], text_format=text_format), text_format)
    for metric in METRICS:
        # The client names a counter without its suffix in either format.
        family = families[metric.name.removesuffix("_total")]
        assert (family.kind, family.help) == (metric.kind, metric.help)
        if text_format == "openmetrics":
            assert family.unit == ("seconds" if family.name.endswith("_seconds") else "")
        for (name, labels), _ in family.samples.items():
            assert name.startswith(metric.name)
            assert {key for key, _ in labels} - {"le"} == {"library", *metric.labels}
    assert len(families) == len(METRICS)


def test_both_formats_say_the_same() -> None:
    texts = {each: render([OVERVIEW], text_format=each) for each in TEXT_FORMATS}
    found = [
        {name: family.samples for name, family in scraped(text, text_format).items()}
        for text_format, text in texts.items()
    ]
    assert found[0] == found[1]
    assert texts["openmetrics"].endswith("\n# EOF\n")
    # node_exporter refuses a file with types that the older format does not have.
    kinds = set(re.findall(r"^# TYPE \S+ (\w+)$", texts["prometheus"], re.MULTILINE))
    assert kinds == {"gauge", "counter", "histogram"}


def test_the_metrics_of_several_libraries_stand_together() -> None:
    others = [replace(OVERVIEW, library_id=f"LIBRARY_{number}") for number in range(3)]
    text = render(others)
    for other, metric in product(others, ("changer_up", "changer_open_moves")):
        assert value(text, metric, library=other.library_id) == int(metric == "changer_up")
    assert text.count("# TYPE changer_up ") == 1


def test_without_a_library_there_is_nothing_but_a_sound_text() -> None:
    for text_format in TEXT_FORMATS:
        assert scraped(render([], text_format=text_format), text_format) == {}


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "prometheus"),
        ("*/*", "prometheus"),
        ("text/html", "prometheus"),
        ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "prometheus"),
        ("application/openmetrics-text", "openmetrics"),
        # Prometheus 2.42 and 3.0.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
            "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "openmetrics",
        ),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            "application/openmetrics-text;version=0.0.1;q=0.5,"
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
            "*/*;q=0.2",
            "openmetrics",
        ),
        ("text/plain, application/openmetrics-text;q=0.1", "prometheus"),
        ("application/openmetrics-text;q=nonsense", "prometheus"),
        ("application/openmetrics-text; q=0", "prometheus"),
        (";;,;q", "prometheus"),
    ],
)
def test_a_scraper_gets_the_format_that_it_prefers(accept: str, expected: TextFormat) -> None:
    assert accepted_format(accept) == expected


@given(accept=st.text(max_size=40))
def test_no_header_is_too_odd_to_be_answered(accept: str) -> None:
    assert accepted_format(accept) in TEXT_FORMATS


def test_names_are_as_conventions_want() -> None:
    for metric in METRICS:
        assert re.fullmatch(r"changer(_[a-z]+)+", metric.name)
        assert metric.name.endswith("_total") is (metric.kind == "counter")
        assert metric.help.endswith(".")
        assert "\\" not in metric.help and "\n" not in metric.help
    assert len({each.name for each in METRICS}) == len(METRICS)
