"""Drives behind real devices: found, used by another program, chosen, and named to a program."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from .attached_library import AttachedLibrary, attached
from .faulty_library import true_places
from .program import Program, environment_in
from .waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.guest_only

LABELS = ("A00001L8", "A00002L8")
LOG_SENSE, TEST_UNIT_READY = 0x4D, 0x00
GENERIC = Path("/sys/class/scsi_generic")
MEDIUM_CHANGER = "8"


@contextmanager
def library(folder: Path, profile: str, **fields: Any) -> Iterator[AttachedLibrary]:
    name = f"drives-{profile}"
    times = {"drive_load_seconds": 0.0, "cleaning_seconds": 0.0}
    with attached(name, folder / "virtual", profile=profile, **times, **fields) as shown:
        yield shown


@pytest.fixture
def known(tmp_path: Path) -> Iterator[AttachedLibrary]:
    """It reports the serial numbers of its drives."""
    with library(tmp_path, "demo", serial="DRIVES0001") as shown:
        yield shown


@pytest.fixture
def alone() -> Iterator[None]:
    """The host sees no library but those that are attached now."""
    others = [each for each in GENERIC.iterdir() if kind(each) == MEDIUM_CHANGER]
    hosts = {
        part
        for each in others
        for part in each.resolve().parts
        if part.startswith("host") and part[4:].isdecimal()
    }
    for each in others:
        (each / "device/delete").write_text("1\n")
    yield
    for host in hosts:
        Path(f"/sys/class/scsi_host/{host}/scan").write_text("- - -\n")
    wait_until(
        lambda: [each for each in GENERIC.iterdir() if kind(each) == MEDIUM_CHANGER] != [],
        seconds=PATIENCE_SECONDS,
    )


def kind(generic: Path) -> str:
    try:
        return (generic / "device/type").read_text().strip()
    except OSError:  # it goes away
        return ""


@pytest.fixture
def nameless(alone: None, tmp_path: Path) -> Iterator[AttachedLibrary]:
    """It reports no identifiers; its drives know their element addresses."""
    with library(tmp_path, "no-identifiers", serial="DRIVES0002") as shown:
        yield shown


def program(shown: AttachedLibrary, folder: Path) -> Program:
    folder.mkdir(exist_ok=True)
    settings = folder / "changer.toml"
    settings.write_text('transport = "sg_io"\n')
    return Program(shown.device, environment_in(folder, settings=settings))


def drives(changer: Program) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = changer.do("drives", "--json").document["drives"]
    return shown


def nodes(shown: AttachedLibrary) -> list[tuple[str, str]]:
    """As the kernel made them."""
    return [(str(each["no_rewind"]), str(each["generic"])) for each in shown.drives]


@contextmanager
def held_open(node: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another program has a tape open."""
    descriptor = os.open(node, os.O_RDONLY | os.O_NONBLOCK)
    try:
        process = subprocess.Popen(["sleep", "3600"], stdin=descriptor)
    finally:
        os.close(descriptor)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def sent(shown: AttachedLibrary, number: int) -> dict[int, int]:
    return dict(shown.truth.drive_commands[number])


def test_each_drive_is_shown_with_the_devices_that_the_kernel_made(
    known: AttachedLibrary, tmp_path: Path
) -> None:
    changer = program(known, tmp_path)
    changer.do("load", LABELS[0], "1")
    first, second = found = drives(changer)
    assert [(each["tape"], each["generic"]) for each in found] == nodes(known)
    assert [each["matched_by"] for each in found] == ["serial-number"] * 2
    for each in found:
        assert Path(each["by_id"]).resolve() == Path(each["tape"])
        assert each["by_id"].startswith("/dev/tape/by-id/")
    assert (first["state"], second["state"]) == ("empty", "ready")
    assert (second["volume_tag"], second["source_slot"]) == (LABELS[0], 1)


def test_drive_that_a_program_has_open_is_left_alone_and_not_chosen(
    known: AttachedLibrary, tmp_path: Path
) -> None:
    changer = program(known, tmp_path)
    changer.do("load", LABELS[0], "0", "--ready")
    known.fault("tape-alert 3 drive:0")
    tape = nodes(known)[0][0]
    with held_open(tape) as holder:
        before = sent(known, 0)
        first, second = drives(changer)
        assert sent(known, 0) == before, "no command disturbed it"
        assert (first["state"], first["reason"]) == ("in use", "in use by sleep")
        assert first["used_by"] == [{"process_id": holder.pid, "name": "sleep"}]
        assert second["asked"]
    assert [each["flag"] for each in drives(changer)[0]["tape_alerts"]] == [3]
    changer.do("unload", tape)
    assert true_places(known.truth)["1"] == LABELS[0]
    with held_open(tape):
        moved = changer.do("load", LABELS[1], "--json").document
    assert moved["device"] == nodes(known)[1][0]
    assert true_places(known.truth)["drive:1"] == LABELS[1]


def test_load_prints_the_node_from_which_a_program_reads(
    known: AttachedLibrary, tmp_path: Path
) -> None:
    changer = program(known, tmp_path)
    (first, _), (second, _) = nodes(known)
    assert changer.do("load", LABELS[0], "--print-device").stdout == f"{first}\n"
    by_id = next(each["by_id"] for each in drives(changer) if each["tape"] == second)
    ended = changer.do("load", LABELS[1], by_id, "--print-device")
    assert ended.stdout == f"{second}\n"
    places = true_places(known.truth)
    assert (places["drive:0"], places["drive:1"]) == LABELS
    changer.do("unload", LABELS[1])
    assert true_places(known.truth)["2"] == LABELS[1]


@pytest.mark.long
def test_drives_without_identifiers_are_found_by_the_addresses_that_they_report(
    nameless: AttachedLibrary, tmp_path: Path
) -> None:
    changer = program(nameless, tmp_path)
    found = drives(changer)
    assert [each["matched_by"] for each in found] == ["element-address"] * 2
    assert [(each["tape"], each["generic"]) for each in found] == nodes(nameless)
    (_, _), (second, _) = nodes(nameless)
    assert changer.do("load", LABELS[0], "1", "--print-device").stdout == f"{second}\n"
    nameless.fault("element-address drive:1 500")
    before = [sent(nameless, number) for number in range(2)]
    found = drives(changer)
    assert [each["device"] for each in found] == [None, None]
    assert "and so does /dev/sg" in found[0]["why_no_device"]
    for number, earlier in enumerate(before):
        now = sent(nameless, number)
        for opcode in (TEST_UNIT_READY, LOG_SENSE):
            assert now.get(opcode, 0) == earlier.get(opcode, 0), "it may be another's"


@pytest.mark.long
def test_drives_without_identifiers_are_nobody_s_beside_another_library(
    known: AttachedLibrary, tmp_path: Path
) -> None:
    with library(tmp_path, "no-identifiers", serial="DRIVES0002") as nameless:
        for drive in drives(program(nameless, tmp_path / "other")):
            assert drive["device"] is None
            assert "this host sees another library" in drive["why_no_device"]
