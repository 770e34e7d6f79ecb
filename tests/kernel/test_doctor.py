"""changer doctor on a changer of the kernel: its rights, who else has it open, and its report."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from .accounts import OUTSIDER, become
from .conftest import one_changer
from .program import Program

PROBLEMS = 97


def found(document: Any, check: str) -> list[dict[str, Any]]:
    return [each for each in document["checks"] if each["check"] == check]


@one_changer
@pytest.mark.guest_only
def test_doctor_sees_the_device_its_rights_and_who_else_uses_it(
    changer: Program, tmp_path: Path
) -> None:
    ended = changer.run("doctor", "--json", "--report", str(tmp_path / "report.txt"))
    levels = {each["check"]: each["level"] for each in ended.document["checks"]}
    for check in ("sg-module", "device-nodes", "device-rights", "sg3-utils", "library-answers"):
        assert levels[check] == "ok", ended
    assert [each["level"] for each in found(ended.document, "robot-in-use")] == ["ok"]
    report = (tmp_path / "report.txt").read_text()
    serial = changer.status()["library"]["serial"]
    assert serial not in report and "READ ELEMENT STATUS (b8" in report
    ended = changer.start("doctor", "--json", prefix=become(OUTSIDER))
    assert ended.exit_status == PROBLEMS, ended
    (rights,) = found(ended.document, "device-rights")
    assert rights["fixes"] == [f"usermod --append --groups tape {OUTSIDER}"]
    with Path(changer.device).open("rb", buffering=0) as node:
        holder = subprocess.Popen(["sleep", "600"], stdin=node)
    try:
        (use,) = found(changer.run("doctor", "--json").document, "robot-in-use")
        assert (use["level"], f"sleep (pid {holder.pid})" in use["seen"]) == ("warning", True)
    finally:
        holder.kill()
        holder.wait()
