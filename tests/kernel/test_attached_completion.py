"""Completion on a real device: its library is known by udev, and never asked."""

import pytest

from .faulty_library import FaultyLibrary
from .program import run_here

pytestmark = pytest.mark.guest_only

BREAKS = " \t\n\"'@><=;|&(:"


def test_library_labels_and_places_are_completed_without_a_command(faulty: FaultyLibrary) -> None:
    environment = {**faulty.changer.environment, "CHANGER": faulty.changer.device}

    def words(line: str) -> list[str]:
        answer = run_here(["__complete", "bash", line, BREAKS], environment)
        assert (answer.exit_status, answer.stderr) == (0, "")
        return answer.stdout.splitlines()[1:]

    library = faulty.changer.do("status", "--json").document["library"]["id"]
    with faulty.counting() as sent:
        assert library in words(f"changer -l {library[:4]}")
        assert words("changer load A00001") == ["A00001L8"]
        assert words("changer load 1 drive:") == ["0", "1"]
        assert words(f"changer -l {library} move 1 mail:1") == ["1"]
    assert sum(sent.values()) == 0
