"""changer doctor on virtual libraries: what it finds, what it leaves alone, and its report."""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from users import called_in_environment, import_everything
from waiting import wait_until

from changer.cli.main import main
from changer.doctor.facts import Node
from changer.doctor.gathering import backup, devices, machine, programs
from changer.host.clock import SystemClock
from changer.library.model import Identity
from changer.lock.flock import LibraryLock
from changer.store.sqlite import open_store

from .terminal import OUTPUT_FAILED, USAGE, Run, Terminal

PROBLEMS = 97
# What depends on the machine that runs the tests, and not on the library.
OF_THE_HOST = (
    "sg-module",
    "st-module",
    "changers",
    "sg3-utils",
    "udev-rules",
    "libudev",
    "container",
)


@pytest.fixture(autouse=True)
def sound_machine(mocker: MockerFixture, folder: Path) -> None:
    """What this machine lacks is not what these tests are about."""
    mocker.patch.object(devices, "nodes", return_value=())
    mocker.patch.object(backup, "backup", return_value=backup.backup(folder))


def checks(run: Run, name: str) -> list[dict[str, Any]]:
    return [each for each in run.json["checks"] if each["check"] == name]


def node(device: str, identity: Identity) -> Node:
    """Of a changer that is not there any more."""
    return Node("changer", device, identity, None, False, False, "", "", 0, 0, (), True, None)


def doctor(terminal: Terminal, *words: str) -> Run:
    run = terminal.run("doctor", "--json", *words)
    assert run.status in (0, PROBLEMS), run
    assert run.json["schema"] == "changer.doctor/1"
    return run


def levels(run: Run) -> dict[str, str]:
    return {
        each["check"]: each["level"]
        for each in run.json["checks"]
        if each["check"] not in OF_THE_HOST
    }


def contents(folder: Path) -> dict[str, str]:
    """The files below a folder, but those of virtual libraries, which note each command."""
    return {
        str(file): sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and "simulated" not in file.parts
    }


def test_library_that_is_well_has_no_problem(terminal: Terminal) -> None:
    terminal.done("status")
    run = doctor(terminal)
    assert {*levels(run).values()} <= {"ok", "warning"}, run.json
    (library,) = run.json["libraries"]
    assert library["device"] == "sim:demo"
    (drives,) = checks(run, "drives")
    assert (drives["level"], drives["library"]) == ("ok", library["id"])
    assert "answers-at-rest" in checks(run, "model")[0]["seen"]


def test_text_has_each_check_with_its_word_and_fixes_below(terminal: Terminal) -> None:
    terminal.done("status")
    terminal.fault("offline")
    run = terminal.run("doctor")
    assert run.status == PROBLEMS
    assert re.search(r"^  problem    library-answers: .*offline", run.out, re.MULTILINE)
    assert "set the library online at its panel" in run.out
    assert re.search(r"^\d+ ok, .*1 problem", run.out, re.MULTILINE)
    assert run.err.startswith("changer: the doctor found")


@pytest.mark.parametrize(
    ("fault", "check", "words"),
    [
        ("sense 02/04/8E always", "library-mode", "sequential mode"),
        ("sense 02/04/19 always", "library-mode", "sequential mode"),
        ("door open", "library-answers", "door is open"),
        ("unplugged", "library-answers", ""),
        ("reserved 1122334455667788", "reservations", "1122334455667788"),
        ("reservation-conflict always", "reservations", "reserved"),
    ],
)
def test_trouble_of_a_library_is_a_problem_with_what_to_do(
    terminal: Terminal, fault: str, check: str, words: str
) -> None:
    terminal.done("status")
    terminal.fault(fault)
    run = doctor(terminal)
    (found,) = [each for each in checks(run, check) if each["level"] == "problem"]
    assert run.status == PROBLEMS
    assert words in found["seen"]
    assert found["fixes"] or found["advice"]


def test_lock_of_another_process_is_not_waited_for_and_is_said(terminal: Terminal) -> None:
    library = terminal.done("status", "--json").json["library"]["id"]
    with LibraryLock(library, folder=terminal.locks, command="another", clock=SystemClock()):
        (found,) = checks(doctor(terminal), "library-answers")
    assert found["level"] == "ok"
    assert "in use: another process of changer holds its lock" in found["seen"]


def test_library_that_knows_no_reservation_keys_is_not_reserved(terminal: Terminal) -> None:
    terminal.create("old", "demo", reservation_types=())
    (found,) = checks(doctor(terminal, "--library", "sim:old"), "reservations")
    assert (found["level"], found["seen"]) == ("ok", "not reserved (SPC-2 only)")


def test_library_that_cleans_while_the_host_is_to_clean_is_a_problem(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "12")
    terminal.done("cleaner", "insert", "--from", "mail:1", "--cleans-left", "20")
    assert checks(doctor(terminal), "cleaning")[0]["level"] == "ok"
    terminal.fault("auto-clean")
    (found,) = checks(doctor(terminal), "cleaning")
    assert found["level"] == "problem"
    assert "cleans its drives by itself" in found["seen"]


def test_library_that_says_on_its_makers_page_that_it_cleans_is_believed(
    terminal: Terminal,
) -> None:
    terminal.create("atl", "p3000")
    for fault, words in (("clear auto-clean", "no slot is reserved"), ("auto-clean", "by itself")):
        terminal.fault(fault, name="atl")
        (found,) = checks(doctor(terminal, "--library", "sim:atl"), "cleaning")
        assert words in found["seen"]


def test_nothing_is_changed_sent_or_made(terminal: Terminal) -> None:
    terminal.done("status")
    before, truth = contents(terminal.folder), terminal.truth()
    trace = terminal.folder / "trace.jsonl"
    doctor(terminal, "--trace", str(trace))
    sent = [json.loads(line) for line in trace.read_text().splitlines()]
    opcodes = {each["cdb"][:2] for each in sent if "cdb" in each}
    assert opcodes <= {"00", "12", "1a", "5a", "5e", "b8"}
    trace.unlink()
    assert contents(terminal.folder) == before
    now = terminal.truth()
    assert (now.elements, now.faults, now.prevented) == (
        truth.elements,
        truth.faults,
        truth.prevented,
    )


def test_state_store_is_not_made(terminal: Terminal) -> None:
    terminal.makes_store = False
    terminal.variables["CHANGER_STATE"] = ""
    run = terminal.run("doctor", "--json", "--state", str(terminal.folder / "none" / "state.db"))
    assert levels(run)["state-store"] == "problem", "it was named, and is not there"
    assert not (terminal.folder / "none").exists()


def test_unit_attention_that_only_the_doctor_met_is_passed_on(terminal: Terminal) -> None:
    terminal.done("lock")
    terminal.fault("power-cycle")
    (found,) = checks(doctor(terminal), "unit-attention")
    assert (found["level"], found["fixes"]) == (
        "warning",
        [f"changer --library {found['library']} lock"],
    )


def test_store_is_judged_though_it_is_damaged(terminal: Terminal) -> None:
    terminal.done("status")
    content = terminal.state.read_bytes()
    terminal.state.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    run = doctor(terminal)
    assert levels(run)["state-store"] == "problem"
    assert levels(run)["library-answers"] == "ok", "the library is looked at all the same"


def test_settings_that_can_not_be_used_are_a_problem_and_no_failure(terminal: Terminal) -> None:
    file = terminal.folder / "changer.toml"
    file.write_text('[library."X"]\nspead = 1\n')
    terminal.variables["CHANGER_CONFIG"] = str(file)
    run = doctor(terminal)
    found = checks(run, "settings")
    assert {each["level"] for each in found} == {"problem"}
    assert any("spead" in each["seen"] for each in found)
    file.write_text('[library."X_TYPO"]\nfence = false\n')
    (typo,) = checks(doctor(terminal), "settings")
    assert (typo["level"], typo["fixes"]) == ("problem", ["changer config check"])
    assert "X_TYPO" in typo["seen"]


def test_open_move_of_a_dead_process_has_its_fix(terminal: Terminal) -> None:
    terminal.done("status")
    terminal.fault("move-hangs in-transport")
    killed = terminal.start("load", "1")

    def has_begun() -> bool:
        with open_store(terminal.state, clock=SystemClock()) as store:
            return bool(store.moves())

    wait_until(has_begun)
    killed.kill()
    killed.communicate()
    found = [each for each in checks(doctor(terminal), "open-work") if each["level"] == "problem"]
    assert len(found) == 1
    assert found[0]["fixes"] == [f"changer --library {found[0]['library']} recover"]


def test_clock_that_was_set_back_is_seen_by_what_is_on_record(
    terminal: Terminal, mocker: MockerFixture
) -> None:
    terminal.done("status")
    import time

    earlier = time.time() - 86400 * 2
    mocker.patch("changer.host.clock.SystemClock.now", staticmethod(lambda: earlier))
    (found,) = checks(doctor(terminal), "clock")
    assert found["level"] == "problem"
    assert "in the future" in found["seen"]


def test_missing_sg_raw_is_not_needed_without_a_changer(
    terminal: Terminal, mocker: MockerFixture
) -> None:
    mocker.patch.object(programs, "find_program", side_effect=FileNotFoundError)
    (found,) = checks(doctor(terminal), "sg3-utils")
    assert found["level"] == "warning"
    assert found["fixes"][0] == "apt install sg3-utils"


def test_what_hangs_is_not_known_and_the_rest_is_judged(
    terminal: Terminal, mocker: MockerFixture
) -> None:
    may_end, join = threading.Event(), threading.Thread.join

    def join_soon(thread: threading.Thread, timeout: float | None = None) -> None:
        join(thread, 0 if thread.name == "doctor: the drivers of the kernel" else timeout)

    mocker.patch.object(threading.Thread, "join", join_soon)
    mocker.patch.object(machine, "modules", side_effect=may_end.wait)
    run = doctor(terminal)
    may_end.set()
    (found,) = [each for each in run.json["checks"] if each["check"] == "sg-module"]
    assert found["level"] == "unknown"
    assert found["seen"] == "the drivers of the kernel did not answer within 10 s"


@pytest.mark.parametrize("serial", ["DEC12345", None])
def test_library_at_two_paths_is_asked_once_where_it_can_be_told(
    terminal: Terminal, mocker: MockerFixture, serial: str | None
) -> None:
    identity = Identity("HPE", "MSL G3 Series", "8.70", serial)
    paths = ("/dev/missing3", "/dev/missing5")
    mocker.patch.object(
        devices, "nodes", return_value=tuple(node(each, identity) for each in paths)
    )
    asked = [each["id"] for each in doctor(terminal).json["libraries"]]
    assert asked[:-1] == [*(paths[:1] if serial else paths)]


@pytest.mark.parametrize(
    ("named", "missing"),
    [
        ("/dev/missing3", ["/dev/missing3", "/dev/missing9"]),
        ("HPE_MSL_S5", ["/dev/missing5", "/dev/missing9"]),
        ("sim:demo", ["/dev/missing3", "/dev/missing5", "/dev/missing9"]),
    ],
)
def test_library_that_was_named_is_judged_with_its_own_node_and_the_drives(
    terminal: Terminal, mocker: MockerFixture, named: str, missing: list[str]
) -> None:
    nodes = [node(f"/dev/missing{n}", Identity("HPE", "MSL", "1", f"S{n}")) for n in (3, 5, 9)]
    nodes[2] = nodes[2]._replace(kind="drive")
    mocker.patch.object(devices, "nodes", return_value=tuple(nodes))
    (found,) = checks(doctor(terminal, "--library", named), "device-nodes")
    assert re.findall(r"/dev/missing[0-9]", found["seen"]) == missing


def test_ordinary_user_is_answered(terminal: Terminal, folder: Path) -> None:
    import_everything()
    own = folder / "own"
    own.mkdir(0o777)
    own.chmod(0o777)
    unset = dict.fromkeys(("CHANGER_STATE", "CHANGER_SIM_DIR", "CHANGER_LOCK_DIR"))
    environment = terminal.environment(XDG_STATE_HOME=str(own), PATH="/nonexistent", **unset)
    run = Run(*called_in_environment(lambda: main(["doctor", "--json"]), environment))
    assert run.status in (0, PROBLEMS), run
    assert checks(run, "library-answers")[0]["level"] == "ok"
    assert checks(run, "sg3-utils")[0]["level"] != "ok"
    assert "Traceback" not in run.err


# The report


@pytest.fixture
def full(terminal: Terminal, mocker: MockerFixture) -> Terminal:
    """A library with drives loaded, on a host with names of its own."""
    terminal.create("full", "scalar")
    terminal.variables["CHANGER"] = "sim:full"
    terminal.done("load", "1", "drive:0")
    mocker.patch.object(
        os, "uname", return_value=os.uname_result(("Linux", "tapehost7", "6", "", ""))
    )
    mocker.patch.dict(os.environ, {"SUDO_USER": "wilhelmina", "HOME": "/home/wilhelmina"})
    return terminal


def originals(terminal: Terminal, name: str) -> set[str]:
    """Every label and serial number of the library, and the names of host and user."""
    status = terminal.done("status", "--json").json
    tags = {
        each["volume_tag"]
        for key in ("drives", "slots", "mail")
        for each in status[key]
        if each["volume_tag"]
    }
    serials = {each["serial"] for each in status["drives"]} | {status["library"]["serial"]}
    return {*tags, *filter(None, serials), "tapehost7", "wilhelmina"}


def test_report_holds_what_an_issue_needs_and_no_original(full: Terminal) -> None:
    hidden = originals(full, "full")
    assert len(hidden) > 10
    file = full.folder / "report.txt"
    run = full.run("doctor", "--report", str(file))
    assert run.status in (0, PROBLEMS), run
    text = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for part in (
        "== Versions",
        "== Checks",
        "-- Rows of the atlas of models",
        "-- Elements",
        "READ ELEMENT STATUS (b8",
        "INQUIRY (12",
    ):
        assert part in text, part
    compact = re.sub(r"\s", "", text).lower()
    for original in hidden:
        assert original.lower() not in text.lower(), original
        assert original.encode().hex() not in compact, original
    letters = "".join(re.findall(r"\|(.*)\|$", text, re.MULTILINE))
    assert not [each for each in hidden if each in letters]


def test_report_hides_what_settings_call_a_library(full: Terminal) -> None:
    library = full.done("status", "--json").json["library"]["id"]
    settings = full.folder / "changer.toml"
    settings.write_text(f'[library."{library}"]\nalias = "hugos-robot"\ncleanings_per_week = 2\n')
    full.variables["CHANGER_CONFIG"] = str(settings)
    file = full.folder / "report.txt"
    full.run("doctor", "--report", str(file))
    text = file.read_text()
    assert "cleanings_per_week = 2" in text and "alias = " in text
    assert "hugo" not in text and library not in text


def test_report_is_never_written_over_a_file_without_force(full: Terminal) -> None:
    file = full.folder / "report.txt"
    file.write_text("mine")
    run = full.run("doctor", "--report", str(file))
    assert (run.status, file.read_text()) == (OUTPUT_FAILED, "mine")
    assert "--force" in run.err
    full.run("doctor", "--report", str(file), "--force")
    assert file.read_text().startswith("changer doctor, report 1")
    assert full.run("doctor", "--force").status == USAGE


def test_report_with_an_original_left_is_not_written(full: Terminal, mocker: MockerFixture) -> None:
    from changer.doctor.disguise import Disguise

    mocker.patch.object(Disguise, "text", lambda _self, text: text)
    file = full.folder / "report.txt"
    run = full.run("doctor", "--report", str(file))
    assert run.status == OUTPUT_FAILED
    assert "values to be hidden" in run.err
    assert not file.exists()


def test_the_text_has_every_check_of_the_document_in_its_order(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "4")
    terminal.fault("offline")
    run = terminal.run("doctor", "--json")
    document, text = run.json, terminal.run("doctor")
    assert run.status == text.status == PROBLEMS
    words = {"ok": "ok", "warning": "warning", "problem": "problem", "unknown": "not known"}
    devices = {each["id"]: each["device"] for each in document["libraries"]}
    expected: list[str] = []
    for library in (None, *devices):
        expected.append("this host" if library is None else f"{library} ({devices[library]})")
        for each in document["checks"]:
            if each["library"] != library:
                continue
            expected.append(f"  {words[each['level']]:<9}  {each['check']}: {each['seen']}")
            if each["level"] != "ok":
                expected += [f"{'':15}{fix}" for fix in each["fixes"]]
                expected += [f"{'':15}({each['advice']})"] if each["advice"] else []
    levels = [each["level"] for each in document["checks"]]
    counted = []
    for level, word in words.items():
        number = levels.count(level)
        many = "s" if number != 1 and level in ("warning", "problem") else ""
        counted += [f"{number} {word}{many}"] if number else []
    assert text.out.splitlines() == [*expected, ", ".join(counted)]
    assert {each["level"] for each in document["checks"]} >= {"ok", "problem"}
