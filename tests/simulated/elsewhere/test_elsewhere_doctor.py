"""changer doctor on a host whose library another one owns: whether that can be asked."""

from __future__ import annotations

from typing import Any

from cli.terminal import Run, Terminal
from owner_line import free_port

from .hosts import LIBRARY, Client


def owner_check(run: Run) -> dict[str, Any]:
    checks: list[dict[str, Any]] = run.json["checks"]
    (found,) = (each for each in checks if each["check"] == "owner")
    return found


def test_doctor_asks_the_owner_and_nothing_is_done_there(client: Client, owner: Terminal) -> None:
    found = owner_check(client.program("doctor", "--json"))
    assert (found["level"], found["advice"]) == ("ok", None)
    client.ask(f"ssh://127.0.0.1:{free_port()}")
    found = owner_check(client.program("doctor", "--json"))
    assert found["level"] == "problem"
    assert "nothing listens there" in found["seen"]
    assert "is sshd running" in found["advice"]


def test_library_of_another_host_is_for_that_to_look_at(client: Client, owner: Terminal) -> None:
    run = client.program("doctor", "--library", LIBRARY, "--json")
    assert run.json["libraries"] == []
    assert "library-answers" not in [each["check"] for each in run.json["checks"]]


def test_report_shows_no_owner(client: Client, owner: Terminal) -> None:
    client.ask("ssh://joanna@owner7.invalid")
    file = client.folder / "report.txt"
    client.program("doctor", "--report", str(file))
    text = file.read_text()
    assert "can't be asked" in text
    assert "owner7" not in text and "joanna" not in text
