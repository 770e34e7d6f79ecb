"""Metrics as text, in the two formats that scrapers read.

prometheus   the text format 0.0.4, which node_exporter's textfile collector reads, and no other.
openmetrics  OpenMetrics 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from changer.metrics.catalogue import METRICS
from changer.metrics.metric import Histogram, Metric, Value
from changer.overview.overview import Overview
from changer.printable import printable

TextFormat = Literal["prometheus", "openmetrics"]
TEXT_FORMATS: tuple[TextFormat, ...] = get_args(TextFormat)
CONTENT_TYPES: dict[TextFormat, str] = {
    "prometheus": "text/plain; version=0.0.4; charset=utf-8",
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
}
_COUNTER = "_total"
_UNIT = "seconds"
_ESCAPED = {ord("\\"): r"\\", ord('"'): r"\"", ord("\n"): r"\n"}


def render(overviews: Iterable[Overview], *, text_format: TextFormat = "prometheus") -> str:
    """The metrics of libraries, each with an id of its own, as a text that ends with a line end."""
    pictures = tuple(overviews)
    lines = [line for metric in METRICS for line in _lines(metric, pictures, text_format)]
    if text_format == "openmetrics":
        lines.append("# EOF")
    return "".join(f"{line}\n" for line in lines)


def accepted_format(accept: str) -> TextFormat:
    """The format that a scraper prefers, by its Accept header; empty: it sent none."""
    best: dict[TextFormat, float] = dict.fromkeys(TEXT_FORMATS, 0.0)
    for each in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in each.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        for text_format in TEXT_FORMATS:
            if CONTENT_TYPES[text_format].startswith(f"{kind};"):
                best[text_format] = max(best[text_format], _weight(weight))
    return "openmetrics" if best["openmetrics"] > best["prometheus"] else "prometheus"


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _lines(metric: Metric, overviews: Iterable[Overview], text_format: TextFormat) -> Iterator[str]:
    """A family: what it is, then all its series; nothing without one."""
    samples = [line for each in overviews for line in _of_library(metric, each)]
    if not samples:
        return
    family = metric.name
    if text_format == "openmetrics":
        family = family.removesuffix(_COUNTER)
    yield f"# HELP {family} {metric.help}"
    yield f"# TYPE {family} {metric.kind}"
    if text_format == "openmetrics" and family.endswith(f"_{_UNIT}"):
        yield f"# UNIT {family} {_UNIT}"
    yield from samples


def _of_library(metric: Metric, overview: Overview) -> Iterator[str]:
    # A scraper takes nothing of a text in which a series is there twice.
    for values, number in dict(metric.measure(overview)).items():
        labels = zip(("library", *metric.labels), (overview.library_id, *values), strict=True)
        yield from _samples(metric.name, ",".join(_label(*each) for each in labels), number)


def _samples(name: str, labels: str, value: Value) -> Iterator[str]:
    if not isinstance(value, Histogram):
        yield f"{name}{{{labels}}} {_number(value)}"
        return
    for bound, number in value.buckets:
        yield f'{name}_bucket{{{labels},le="{bound}"}} {number}'
    yield f'{name}_bucket{{{labels},le="+Inf"}} {value.number}'
    yield f"{name}_sum{{{labels}}} {_number(value.total)}"
    yield f"{name}_count{{{labels}}} {value.number}"


def _label(name: str, value: str) -> str:
    return f'{name}="{printable(value).translate(_ESCAPED)}"'


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
