"""docs/metrics.md and docs/grafana say what the program has, and no more."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from documents import document

from changer.metrics.catalogue import METRICS
from changer.metrics.metric import Metric

PAGE = document("docs/metrics.md")
RULES = document("docs/grafana/changer-rules.yml")
DASHBOARD: dict[str, Any] = json.loads(document("docs/grafana/changer.json"))
HISTOGRAM = ("_bucket", "_sum", "_count")
ADDED = {"library", "le", "job", "instance"}  # by every metric, a histogram, and a scrape


def by_name(name: str) -> Metric | None:
    """The metric whose series have that name."""
    found = {each.name: each for each in METRICS}
    for suffix in ("", *HISTOGRAM):
        metric = found.get(name.removesuffix(suffix) if suffix else name)
        if metric is not None and (metric.kind == "histogram") is bool(suffix):
            return metric
    return None


def queries(panel: dict[str, Any]) -> list[str]:
    return [each["expr"] for each in panel.get("targets", ())]


def dashboard_queries() -> list[str]:
    return [query for panel in DASHBOARD["panels"] for query in queries(panel)]


def rule_queries() -> list[str]:
    """Each ``expr``, on its line or folded below it."""
    found = re.findall(r"^ +expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)", RULES, re.MULTILINE)
    return [" ".join((folded or plain).split()) for folded, plain in found]


def test_the_table_is_the_catalogue() -> None:
    rows = re.findall(r"^\| `(changer_\w+)` \| (\w+) \| (.*?)\| (.*) \|$", PAGE, re.MULTILINE)
    meant = [
        (each.name, each.kind, ", ".join(f"`{label}`" for label in each.labels), each.help)
        for each in METRICS
    ]
    assert [(name, kind, labels.strip(), words) for name, kind, labels, words in rows] == meant


def test_queries_are_found() -> None:
    assert len(dashboard_queries()) > 25
    assert len(rule_queries()) == RULES.count("- alert:") > 15


@pytest.mark.parametrize("query", [*dashboard_queries(), *rule_queries()])
def test_queries_name_metrics_and_labels_that_there_are(query: str) -> None:
    names = re.findall(r"\bchanger_\w+", query)
    assert names
    for name in names:
        assert by_name(name) is not None, name
    for name, labels in re.findall(r"\b(changer_\w+)\{(.*?)\}", query):
        metric = by_name(name)
        assert metric is not None
        used = set(re.findall(r"(\w+)(?:=~|!=|!~|=)\"", labels))
        assert used <= {*metric.labels, *ADDED}


def test_every_query_of_the_dashboard_is_of_the_chosen_library() -> None:
    for query in dashboard_queries():
        selectors = re.findall(r"\bchanger_\w+(\{[^}]*\})?", query)
        assert all('library=~"$library"' in each for each in selectors), query


def test_every_metric_is_on_the_dashboard_or_in_an_alert() -> None:
    """But for what only names a drive, or says why; and one of the server's settings."""
    used = {
        metric.name
        for query in (*dashboard_queries(), *rule_queries())
        for name in re.findall(r"\bchanger_\w+", query)
        if (metric := by_name(name)) is not None
    }
    assert {each.name for each in METRICS} - used <= {
        "changer_trouble",
        "changer_drive_info",
        "changer_cleaning_slots",
        "changer_cleaners_usable",
        "changer_reading_interval_seconds",
        "changer_removal_prevented",
    }


def test_panels_have_ids_and_places_of_their_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({each["id"] for each in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for each in panels:
        at = each["gridPos"]
        cells = {
            (column, line)
            for column in range(at["x"], at["x"] + at["w"])
            for line in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, each["title"]
        taken |= cells


def test_every_alert_is_tried_and_says_what_to_do() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", RULES))
    tried = document("docs/grafana/changer-rules-test.yml")
    fired = set(re.findall(r"alertname: (\w+)\n +exp_alerts:", tried))
    assert fired == alerts
    for each in RULES.split("- alert: ")[1:]:
        assert "severity: critical" in each or "severity: warning" in each
        assert "summary: " in each and "description: " in each


def test_commands_that_alerts_name_are_there() -> None:
    from changer.cli.commands import COMMANDS

    named = set(re.findall(r"(?:Run|run|and|then) changer (\w+)", RULES))
    assert named and named <= {each.name for each in COMMANDS}
