"""changer check: for people, for programs, and as a plugin for Nagios."""

from __future__ import annotations

import re

import pytest
from cli.terminal import Terminal

ATTENTION = 95
OK, WARNING, CRITICAL, UNKNOWN = range(4)
PERFORMANCE = re.compile(r"([a-z_0-9]+)=(U|\d+);([\d:]*);([\d:]*);(\d*);(\d*)")


def nagios(terminal: Terminal) -> tuple[int, str, dict[str, str]]:
    """Status, text and performance data: one line on standard output, and no other."""
    run = terminal.run("check", "--nagios")
    (line,) = run.out.splitlines()
    assert run.err == ""
    text, _, data = line.partition(" | ")
    found = [PERFORMANCE.fullmatch(each) for each in data.split()]
    assert all(found), data
    return run.status, text, {each[1]: each[2] for each in found if each}


def test_library_that_is_well_is_ok(terminal: Terminal) -> None:
    status, text, data = nagios(terminal)
    assert (status, text.partition(":")[0]) == (OK, "CHANGER OK")
    assert data == {
        "open_moves": "0",
        "picker_full": "0",
        "drives": "2",
        "drives_full": "0",
        "drives_asking": "0",
        "slots_full": str(sum(each["full"] is True for each in slots(terminal))),
        "slots_absent": "0",
        "mail_full": "1",
        "cleaners_lto": "0",
        "cleanings_lto": "0",
    }
    run = terminal.done("check")
    assert "can be reached" in run.out and "open moves    none" in run.out


def slots(terminal: Terminal) -> list[dict[str, object]]:
    found: list[dict[str, object]] = terminal.done("status", "--json").json["slots"]
    return found


def test_magazine_that_is_out_is_a_warning_with_what_to_do(terminal: Terminal) -> None:
    terminal.fault("magazine-out 1", name="it")
    status, text, data = nagios(terminal)
    assert status == WARNING
    assert "slots 1-6 are not present" in text
    assert data["slots_absent"] == "6"
    run = terminal.run("check")
    assert run.status == ATTENTION
    assert "warning: slots 1-6 are not present" in run.out
    assert "  put the magazine back" in run.out
    assert "1 thing of" in run.err and "wants attention" in run.err


def test_drive_that_asks_without_a_cleaner_is_critical(terminal: Terminal) -> None:
    terminal.fault("wants-cleaning drive:0 required", name="it")
    assert nagios(terminal)[0] == OK, "it is not asked, and the library does not show it"
    terminal.done("cleaner", "status")
    status, text, data = nagios(terminal)
    assert status == CRITICAL
    assert "drive 0 needs cleaning now" in text and "reserved for a cleaning" in text
    assert data["drives_asking"] == "1"


def test_few_cleanings_are_a_warning_for_the_family(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "12")
    terminal.done("cleaner", "insert", "--from", "mail:1", "--cleans-left", "2")
    status, text, data = nagios(terminal)
    assert status == WARNING
    assert "2 cleanings left" in text
    assert (data["cleaners_lto"], data["cleanings_lto"]) == ("1", "2")


@pytest.mark.parametrize("fault", ["offline", "door open", "unplugged"])
def test_library_that_can_not_be_reached_is_critical(terminal: Terminal, fault: str) -> None:
    terminal.fault(fault, name="it")
    status, text, data = nagios(terminal)
    assert (status, data) == (CRITICAL, {})
    assert text.startswith("CHANGER CRITICAL: ")
    run = terminal.run("check")
    assert run.status not in (0, ATTENTION)
    assert run.out == ""


def test_damaged_store_is_critical_and_one_that_can_not_be_opened_unknown(
    terminal: Terminal,
) -> None:
    terminal.done("check")
    content = terminal.state.read_bytes()
    terminal.state.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    assert nagios(terminal)[0] == CRITICAL
    terminal.state.unlink()
    terminal.state.mkdir()
    assert nagios(terminal)[0] == UNKNOWN


def test_document_has_the_figures_and_the_findings(terminal: Terminal) -> None:
    document = terminal.done("check", "--json").json
    assert document["schema"] == "changer.check/1"
    assert (document["state"], document["attention"]) == ("ok", [])
    terminal.fault("magazine-out 1", name="it")
    run = terminal.run("check", "--json")
    assert run.status == ATTENTION
    document = run.json
    assert document["state"] == "warning"
    assert [each["code"] for each in document["attention"]] == ["not-present"]
    assert document["figures"]["slots_absent"] == 6
    assert [each["family"] for each in document["families"]] == ["LTO"]


def test_plugin_and_document_exclude_each_other(terminal: Terminal) -> None:
    assert terminal.run("check", "--nagios", "--json").status == 2


def test_check_tells_what_it_sees(terminal: Terminal) -> None:
    terminal.done("watch", "--once")
    terminal.fault("magazine-out 1", name="it")
    terminal.run("check")
    told = terminal.done("watch", "--once", "--since", "1h").out
    assert "magazine-out" in told
