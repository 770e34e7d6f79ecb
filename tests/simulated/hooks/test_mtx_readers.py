"""What scripts and programs read out of mtx's answers: they find it in changer-mtx's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .daemon import Daemon
from .mtx_script import DEVICE, MtxScript

PROGRAM = Path(sys.executable).with_name("changer-mtx")
DRIVE = "^Data Transfer Element 0:"

# Pipelines as scripts have them, with A00003L8 of slot 3 in drive 0.
PIPELINES = {
    # mtx-changer of Bacula
    f"grep '{DRIVE}Full' | awk '{{print $7}}'": "3",
    "grep '^Data Transfer Element 1:Empty' | awk '{print 0}'": "0",
    "grep ' *Storage Changer' | awk '{print $5}'": "14",
    "grep ' Storage Element 2:.*Full' | awk '{print $3 $4}'": "2:Full:VolumeTag=A00002L8",
    # tests of Phobos: every full drive, and where its cartridge goes
    "grep 'Data Transfer Element' | grep Full | awk '{print $4,$7}' | tr -d :Ful": "0 3",
    # CERN Tape Archive: all labels
    "grep Full | grep -o 'VolumeTag *= *[^ ]*' | grep -o '[^= ]*$' | head -2": "A00003L8\nA00001L8",
    # parsers in Go and Java: where the cartridge of a drive belongs
    "sed -n 's/.*Full (Storage Element \\([0-9]*\\) Loaded):.*/\\1/p'": "3",
    # the first free slot; and the slot of a label
    "grep Storage | grep Empty | head -1 | tr ':' ' ' | awk '{print $3}'": "3",
    "grep VolumeTag=A00005L8 | sed 's/.*Element \\([0-9]*\\):.*/\\1/'": "7",
    # the label in a drive
    f"grep '{DRIVE}Full' | sed -n 's/.*VolumeTag *= *\\([^ ]*\\).*/\\1/p'": "A00003L8",
    "grep -c IMPORT/EXPORT": "2",
}


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_pipelines_find_what_they_look_for(script: MtxScript, pipeline: str) -> None:
    script.done("load 3 0")
    found = subprocess.run(
        ["sh", "-c", pipeline],
        input=script.done("status"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert found.stdout == f"{PIPELINES[pipeline]}\n"


# How a command fails, and what programs look for in it: codes as two digits, elements as addresses.
TROUBLES = {
    "sense 05/30/00 3 on A5": ("load 1", "Illegal Request", "30", "00"),
    "sense 03/30/00 3 on A5": ("load 1", "Medium Error", "30", "00"),
    "sense 04/53/00 3 on A5": ("load 1", "Hardware Error", "53", "00"),
    "sense 02/04/12 3 on A5": ("load 1", "Not Ready", "04", "12"),
    "sense 05/53/03 3 on A5": ("unload 3", "Illegal Request", "53", "03"),
}


@pytest.mark.parametrize("fault", TROUBLES)
def test_words_of_a_failed_move_are_those_that_programs_look_for(
    script: MtxScript, fault: str
) -> None:
    line, key, asc, ascq = TROUBLES[fault]
    if line.startswith("unload"):
        script.done("load 3")
    script.library.fault(fault)
    answer = script.mtx(line)
    assert answer.status == 1
    assert f"mtx: Request Sense: Sense Key={key}\n" in answer.err
    assert f"Additional Sense Code = {asc}\n" in answer.err
    assert f"Additional Sense Qualifier = {ascq}\n" in answer.err
    assert re.search(r"^MOVE MEDIUM from Element Address \d+ to \d+ Failed$", answer.err, re.M)


def test_library_whose_door_is_open_says_so_in_sense_data(script: MtxScript) -> None:
    script.library.fault("door open")
    answer = script.mtx("load 1")
    assert answer.status == 1
    assert "Sense Key=Not Ready" in answer.err and "Command Failed" in answer.err


def test_environment_may_be_empty_and_streams_closed(script: MtxScript) -> None:
    """Programs start mtx by sudo, NRPE or ``env -i``, in a folder that may be gone."""
    with script.environment():
        started = ["env", "-i", *_settings(script), str(PROGRAM), "-f", DEVICE, "status"]
        ended = subprocess.run(
            ["sh", "-c", 'exec "$0" "$@" <&-', *started],
            capture_output=True,
            timeout=60,
            check=True,
        )
    assert ended.stdout.decode() == script.done("status")


def _settings(script: MtxScript) -> list[str]:
    """The folders of the virtual library: a real one needs none."""
    return [f"{name}={value}" for name, value in script.library.environment.items()]


# labels


@pytest.mark.parametrize("label", ["ABC124 D", " DABC123"])
def test_blank_in_a_label_is_kept_and_the_cartridge_found(daemon: Daemon, label: str) -> None:
    """Oracle ACSLS, READ ELEMENT STATUS: a label, a blank and a letter, or the other way round."""
    daemon.fill(slot3=label)
    assert daemon.lines("list") == [f"3:{label.strip()}"]
    assert daemon.lines("listall")[4] == f"S:3:F:{label:<32}"
    daemon.load(3)
    assert daemon.loaded() == "3"
    assert daemon.lines("listall")[0] == f"D:0:F:3:{label:<32}"
    daemon.unload(3)
