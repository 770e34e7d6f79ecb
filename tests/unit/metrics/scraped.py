"""A text of metrics as Prometheus' own Python client reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

from changer.metrics.text import TextFormat
from changer.values import NamedTuple


class Family(NamedTuple):
    """A metric family; its samples by name, then by labels."""

    name: str
    kind: str
    help: str
    unit: str
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]


_PARSERS: dict[TextFormat, Callable[[str], Iterable[Any]]] = {
    "prometheus": cast("Any", parser.text_string_to_metric_families),
    "openmetrics": cast("Any", openmetrics_parser.text_string_to_metric_families),
}


def scraped(text: str, text_format: TextFormat) -> dict[str, Family]:
    """The families by their names. Raises ValueError for what a scraper would refuse."""
    families = {}
    for each in _PARSERS[text_format](text):
        samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        for sample in each.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in samples, f"{key} is there twice"
            samples[key] = sample.value
        assert each.name not in families, f"{each.name} is in two places"
        families[each.name] = Family(each.name, each.type, each.documentation, each.unit, samples)
    return families


def values(text: str, name: str, **labels: str) -> list[float]:
    """The samples of that name that have these labels, and others."""
    wanted = set(labels.items())
    return [
        value
        for family in scraped(text, "prometheus").values()
        for (sample, found), value in family.samples.items()
        if sample == name and wanted <= found
    ]


def value(text: str, name: str, **labels: str) -> float:
    """The only one of them."""
    (found,) = values(text, name, **labels)
    return found
