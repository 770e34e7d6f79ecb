"""What Debian's Prometheus, promtool and node_exporter make of metrics, dashboard and alerts."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from .monitored import GRAFANA, PATIENCE_SECONDS, Host, Prometheus, fetched, free_port, process

DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "changer.json").read_text())
# What Grafana puts in.
VARIABLES = {"$library": ".*", "$__rate_interval": "5m", "$__range": "1h"}
QUERIES = [
    (panel["title"], target["expr"])
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", ())
]
_SELECTOR = re.compile(r"\bchanger_\w+(?:\{[^}]*\})?")


def filled_in(query: str) -> str:
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    return query


def used(host: Host) -> None:
    """Everything has happened once: a cleaner came in, a drive asks, cartridges were moved."""
    host.run("cleaner", "reserve", "10")
    host.run("sim", "operator", "it", "put", "CLN001CU")
    host.run("cleaner", "insert", "--from", "mail:1", "--cleans-left", "2")
    host.run("load", "1", "0")
    host.run("unload", "0")
    host.run("sim", "fault", "it", "wants-cleaning", "drive:0", "requested")
    host.run("cleaner", "status")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    made = Host(tmp_path_factory.mktemp("host"))
    used(made)
    return made


@pytest.fixture(scope="module")
def prometheus(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It has scraped the library before a move, and after it."""
    folder = tmp_path_factory.mktemp("prometheus")
    with host.serving() as port, Prometheus.scraping(folder, target=port) as running:
        completed = 'changer_moves_total{kind="move", outcome="completed"}'
        wait_until(lambda: running.value("changer_up") == 1, seconds=PATIENCE_SECONDS)
        before = running.value(completed)
        assert before is not None and before >= 2
        host.run("load", "2", "1")
        wait_until(lambda: running.value(completed) == before + 1, seconds=PATIENCE_SECONDS)
        host.leave_open_move()
        wait_until(lambda: running.value("changer_open_moves") == 1, seconds=PATIENCE_SECONDS)
        yield running


def promtool(*words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *words],
        cwd=GRAFANA,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


@pytest.mark.parametrize("is_offline", [False, True])
def test_the_linter_has_nothing_to_say_of_the_metrics(tmp_path: Path, is_offline: bool) -> None:
    host = Host(tmp_path)
    used(host)
    if is_offline:
        host.run("sim", "fault", "it", "offline")
    linted = promtool("check", "metrics", given=host.ran("metrics").stdout)
    assert (linted.returncode, linted.stdout) == (0, "")


def test_the_linter_sees_a_mistake() -> None:
    assert promtool("check", "metrics", given="# TYPE x counter\nx 1\n").returncode != 0


@pytest.mark.parametrize(
    "words", [("check", "rules", "changer-rules.yml"), ("test", "rules", "changer-rules-test.yml")]
)
def test_the_alerts_are_sound_and_fire_when_they_should(words: tuple[str, ...]) -> None:
    done = promtool(*words)
    assert done.returncode == 0, done.stdout
    assert "SUCCESS" in done.stdout


def test_the_scrape_is_read_without_an_error(prometheus: Prometheus) -> None:
    (target,) = prometheus.asked("targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")
    kinds = prometheus.asked("metadata")
    assert kinds["changer_moves"][0]["type"] == "counter", "it asks for OpenMetrics"
    assert kinds["changer_move_duration_seconds"][0]["type"] == "histogram"


@pytest.mark.parametrize(("title", "query"), QUERIES, ids=[title for title, _ in QUERIES])
def test_every_query_of_the_dashboard_has_data(
    prometheus: Prometheus, title: str, query: str
) -> None:
    assert prometheus.query(filled_in(query)), title


def test_the_rules_are_evaluated_and_each_of_their_series_is_there(prometheus: Prometheus) -> None:
    (group,) = prometheus.asked("rules")["groups"]
    wait_until(
        lambda: all(
            rule["health"] == "ok" for rule in prometheus.asked("rules")["groups"][0]["rules"]
        ),
        seconds=PATIENCE_SECONDS,
    )
    for rule in group["rules"]:
        for selector in _SELECTOR.findall(rule["query"]):
            assert prometheus.query(selector), (rule["name"], selector)


def test_what_is_wrong_with_the_library_is_about_to_be_an_alert(prometheus: Prometheus) -> None:
    wanted = {
        "ChangerOpenMove",
        "ChangerCritical",
        "ChangerDriveWantsCleaning",
        "ChangerCleaningsLow",
    }

    def pending() -> set[str]:
        return {each["labels"]["alertname"] for each in prometheus.asked("alerts")["alerts"]}

    wait_until(lambda: wanted <= pending(), seconds=PATIENCE_SECONDS)
    assert not pending() & {"ChangerAbsent", "ChangerLibraryUnreadable", "ChangerStoreUnreadable"}


def test_the_variable_of_the_dashboard_lists_the_library(
    prometheus: Prometheus, host: Host
) -> None:
    library = json.loads(host.run("status", "--json"))["library"]["id"]
    assert prometheus.asked("label/library/values") == [library]


def test_node_exporter_passes_the_file_on(tmp_path: Path) -> None:
    host = Host(tmp_path)
    used(host)
    folder, port = tmp_path / "textfile", free_port()
    folder.mkdir()
    host.run("metrics", "--output", str(folder / "changer.prom"))
    with process(
        "prometheus-node-exporter",
        "--collector.disable-defaults",
        "--collector.textfile",
        f"--collector.textfile.directory={folder}",
        f"--web.listen-address=127.0.0.1:{port}",
    ):
        text = ""

        def answers() -> bool:
            nonlocal text
            try:
                text = fetched(f"http://127.0.0.1:{port}/metrics")
            except OSError:
                return False
            return True

        wait_until(answers, seconds=PATIENCE_SECONDS)
    assert "\nnode_textfile_scrape_error 0\n" in text
    assert "\n# TYPE changer_moves_total counter\n" in text
    assert "\n# TYPE changer_move_duration_seconds histogram\n" in text
    assert re.search(r"^changer_up\{library=\"\w+\"\} 1$", text, re.MULTILINE)
