"""mtx and what stands in for it, one after the other on one changer: every byte that they say.

Both do the same lines in the same order, from the same state to the same state. The attached
library has its turn in test_attached_mtx.py.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from figures import FIGURES, Figure

from .conftest import one_changer
from .mtx_beside import MTX, BothPrograms, Told, lines_for
from .mtx_status import ReadMtx
from .program import environment_in

PROGRAM = Path(sys.executable).with_name("changer-mtx")


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    return environment_in(tmp_path)


@pytest.fixture
def both(device: str, environment: Mapping[str, str]) -> BothPrograms:
    return BothPrograms(device, environment)


@pytest.mark.long
@one_changer
def test_every_line_is_answered_byte_for_byte(both: BothPrograms, mtx_status: ReadMtx) -> None:
    before = mtx_status()
    wanted = lines_for(before)
    expected = [(words, both.mtx(*words)) for words in wanted]
    assert mtx_status() == before
    said = [(words, both.ours(*words)) for words in wanted]
    assert mtx_status() == before
    differing = [pair for pair in zip(expected, said, strict=True) if pair[0] != pair[1]]
    assert differing == []
    FIGURES.count(Figure.MTX_LINES, len(said))
    # Or this compares failures.
    assert sum(told.exit_status == 0 for _, told in said) > len(said) / 3
    assert sum("done" in told.stdout for _, told in said) >= 8


@pytest.mark.guest_only
@one_changer
def test_eject_and_erase_reach_the_device(both: BothPrograms) -> None:
    for words in (["eject"], ["erase"], ["eject", "inquiry"]):
        assert both.ours(*words) == both.mtx(*words), words


@pytest.mark.guest_only
@pytest.mark.parametrize(
    "name", ["/dev/nope", "", "/dev", "/dev/null", "/etc/hosts", "nope", "/etc/hosts/x"]
)
def test_device_that_can_not_be_opened_is_told_in_the_same_words(
    name: str, environment: Mapping[str, str]
) -> None:
    both = BothPrograms(name, environment)
    for words in (["status"], [], ["inventory"], ["foo"]):
        assert both.ours(*words) == both.mtx(*words), words


@pytest.mark.parametrize(
    "variables",
    [{}, {"CHANGER": "/dev/nope", "TAPE": "/dev/no"}, {"TAPE": "/dev/no"}, {"CHANGER": ""}],
)
def test_device_comes_from_the_same_variables(
    variables: Mapping[str, str], environment: Mapping[str, str]
) -> None:
    both = BothPrograms(None, {**environment, **variables})
    told = both.ours("status")
    assert told == both.mtx("status")
    assert told.exit_status == 1
    assert both.ours("eepos", "4") == both.mtx("eepos", "4"), "no device is needed"


@one_changer
def test_link_of_that_name_is_a_drop_in(
    device: str, environment: Mapping[str, str], tmp_path: Path
) -> None:
    """As scripts start it; both streams are merged, as by Bacula and Amanda."""
    link = tmp_path / "mtx"
    link.symlink_to(PROGRAM)

    def run(program: Path | str, *words: str) -> Told:
        ended = subprocess.run(
            [program, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
            env={**os.environ, **environment, "CHANGER": device},
        )
        return Told(ended.returncode, ended.stdout.decode("latin-1"), "")

    assert run(link, "status") == run(MTX, "status")
    told = run(link, "status", "load", "1", "99")
    assert told.stdout.index("Storage Changer") < told.stdout.index("illegal <drive-number>")
    told = run(MTX, "status", "load", "1", "99")
    assert told.stdout.index("illegal <drive-number>") < told.stdout.index("Storage Changer")
