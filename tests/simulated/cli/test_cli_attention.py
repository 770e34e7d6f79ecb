"""What wants attention is shown before anything else, and in the document."""

from __future__ import annotations

import signal

from .terminal import Terminal, wait_for


def codes(terminal: Terminal) -> list[str]:
    return [each["code"] for each in terminal.done("status", "--json").json["attention"]]


def shown(terminal: Terminal) -> list[str]:
    """The lines of findings, without their hints."""
    lines = terminal.done("status").out.splitlines()
    return [each.removeprefix("! ") for each in lines if each.startswith("! ")]


def test_nothing_is_said_of_a_library_at_rest(terminal: Terminal) -> None:
    assert codes(terminal) == []
    assert shown(terminal) == []


def test_a_magazine_that_is_out_is_said_first(terminal: Terminal) -> None:
    terminal.create("it", "autoloader")
    terminal.variables["CHANGER"] = "sim:it"
    terminal.fault("magazine-out 2", name="it")
    terminal.fault("clear unit-attention", name="it")
    (line,) = shown(terminal)
    assert line.startswith("slots 5-8 are not present")
    assert terminal.done("status").out.splitlines()[1] == f"! {line}"
    (finding,) = terminal.done("status", "--json").json["attention"]
    assert (finding["level"], finding["places"]) == ("warning", ["5-8"])


def test_a_drive_that_asked_is_said_until_it_is_cleaned(terminal: Terminal) -> None:
    terminal.fault("wants-cleaning drive:1")
    assert codes(terminal) == [], "nobody asked it"
    terminal.done("cleaner", "status")
    assert codes(terminal) == ["cleaning-requested"]
    assert "drive 1 asks for cleaning" in shown(terminal)
    status = terminal.done("status", "--json").json
    assert [each["cleaning_request"] for each in status["drives"]] == [None, "requested"]
    terminal.done("cleaner", "reserve", "4")
    terminal.done("cleaner", "insert", "--from", "mail:1")
    terminal.done("clean", "1")
    assert codes(terminal) == []


def test_one_who_waits_at_the_mail_slot_is_said(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "4")
    terminal.operate("take mail:1")
    waiting = terminal.start("cleaner", "insert")
    wait_for(lambda: codes(terminal) == ["operator-wanted"], waiting)
    assert shown(terminal) == ["an operation is waiting for someone at the library: insert"]
    waiting.send_signal(signal.SIGKILL)
    waiting.communicate()
    assert codes(terminal) == ["interrupted-operation", "not-present"], "its drawer is open"
    terminal.run("recover")
    assert codes(terminal) == ["not-present"]


def test_removal_that_is_prevented_is_said(terminal: Terminal) -> None:
    terminal.done("lock")
    assert shown(terminal) == ["people are prevented from removing media"]
    terminal.done("unlock")
    assert shown(terminal) == []
