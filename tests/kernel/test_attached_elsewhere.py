"""The owner of a library behind real devices, asked over ssh by a host with real tape drives.

Both hosts are this one: what differs is the settings, the state store and the locks.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from owner_line import Line

from .attached_library import AttachedLibrary, attached
from .program import PROGRAM, Ended, environment_in, run_program

pytestmark = pytest.mark.guest_only

SERIAL = "ELSEWHERE1"
LIBRARY = f"CHANGER_VIRTUAL_{SERIAL}"


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[AttachedLibrary]:
    times = {"drive_load_seconds": 0.0, "cleaning_seconds": 0.0}
    folder = tmp_path / "virtual"
    with attached("elsewhere", folder, profile="demo", serial=SERIAL, **times) as library:
        yield library


@pytest.fixture
def client(shown: AttachedLibrary, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a host that asks."""
    folders = [tmp_path / each for each in ("owner", "client", "line")]
    for each in folders:
        each.mkdir()
    owner, asking, line = folders
    (owner / "changer.toml").write_text(f'default_library = "{LIBRARY}"\n')
    made = Line(line)
    made.make(environment_in(owner, settings=owner / "changer.toml"))
    made.start()
    (asking / "changer.toml").write_text(f'manager = "ssh://127.0.0.1:{made.port}"\n')
    given = environment_in(asking, settings=asking / "changer.toml")
    try:
        yield {**os.environ, **given, "PATH": f"{made.programs}:{os.environ['PATH']}"}
    finally:
        made.stop()


def run(client: dict[str, str], *words: str) -> Ended:
    ended = run_program([PROGRAM, *words], client, timeout_seconds=300)
    assert ended.exit_status == 0, ended
    return ended


@pytest.mark.long
def test_a_tape_is_loaded_by_the_owner_and_used_here(
    shown: AttachedLibrary, client: dict[str, str]
) -> None:
    device = run(client, "load", "A00001L8", "--print-device").stdout.strip()
    assert device == shown.drives[0]["no_rewind"]
    assert shown.truth.place_of("A00001L8") == "drive:0"
    os.close(os.open(device, os.O_RDONLY))  # the tape driver opens no drive that is not ready
    drives = run(client, "--json", "drives").document["drives"]
    assert [each["device"] for each in drives] == [each["no_rewind"] for each in shown.drives]
    run(client, "unload", device)
    assert shown.truth.place_of("A00001L8") == "1"


@pytest.mark.long
def test_a_drive_here_is_cleaned_by_the_owner_s_robot(
    shown: AttachedLibrary, client: dict[str, str]
) -> None:
    shown.fault("wants-cleaning drive:1 required")
    run(client, "cleaner", "reserve", "12")
    run(client, "cleaner", "insert", "--from", "mail:1")
    cleaned = run(client, "--json", "clean", "--needed").document["drives"]
    assert [each["drive"] for each in cleaned] == [1]
    assert shown.truth.place_of("CLN001CU") == "12"


def test_a_device_of_the_changer_here_means_the_owner_s_library(
    shown: AttachedLibrary, client: dict[str, str]
) -> None:
    status = run(client, "-l", shown.device, "--json", "status").document
    assert status["library"]["id"] == LIBRARY
    hook: list[str | Path] = [PROGRAM.with_name("changer-mtx"), "-f", shown.device, "status"]
    ended = run_program(hook, client, timeout_seconds=300)
    assert ended.exit_status == 0 and f"Storage Changer {shown.device}:2 Drives" in ended.stdout
