"""sg_logs reads the log pages that each unit lists."""

import re

import pytest
from kernel.attached_library import AttachedLibrary

from .sg_logs import read_logs
from .tool import run, told

pytestmark = pytest.mark.guest_only

LOG_SENSE = 0x4D
HEADER = "Log page code=0x2e, DS=0, SPF=0, page_len=0x140"


def tape_alerts_of_changer(device: str) -> tuple[int, ...]:
    """In hexadecimal: sg_logs decodes the flags of tape drives only."""
    lines = told("sg_logs", "-p", "0x2e", "-H", device).splitlines()
    if lines[0] == HEADER:  # until sg3_utils 1.47
        del lines[0]
    page = bytes.fromhex("".join(re.sub(r"^ [0-9a-f]{2,3} ", "", line) for line in lines))
    assert page[:4] == bytes.fromhex("2e 00 01 40")
    parameters = [page[start : start + 5] for start in range(4, len(page), 5)]
    assert [each[:4] for each in parameters] == [bytes([0, n, 3, 1]) for n in range(1, 65)]
    return tuple(number for number, each in enumerate(parameters, 1) if each[4])


def test_sg_logs_reads_all_pages_of_a_drive(library: AttachedLibrary) -> None:
    profile, logs = library.truth.profile, read_logs(library.drives[0]["generic"])
    names = (profile.drive_vendor, profile.drive_product, profile.drive_revision)
    assert tuple(each.rstrip() for each in logs.names) == names
    assert logs.supported == [0x00, 0x0C, 0x11, 0x2E]
    assert logs.cleaning_wanted is False
    assert logs.flags == library.truth.drives[0].flags == ()
    assert logs.activity == "No DT device activity"
    set_bits = {name for name, value in logs.status.items() if value}
    assert set_bits == {"WRTP", "DINIT", "MPRSNT", "MSTD", "MTHRD", "MOUNTED"}


def test_sg_logs_reads_each_tape_alert_of_a_drive_once(library: AttachedLibrary) -> None:
    device = library.drives[-1]["generic"]
    number = library.truth.profile.drives - 1
    for flag in (3, 30):
        library.fault(f"tape-alert {flag} drive:{number}")
    assert read_logs(device, 0x2E).flag_names() == {3: "Hard error", 30: "Hardware A"}
    assert read_logs(device, 0x2E).flags == library.truth.drives[-1].flags == ()


def test_sg_logs_reads_each_tape_alert_of_the_changer_once(library: AttachedLibrary) -> None:
    if LOG_SENSE not in library.truth.profile.opcodes:
        ended = run("sg_logs", "-p", "0x2e", library.device)
        assert (ended.exit_status, "log_sense: not supported" in ended.stderr) == (9, True)
        return
    for flag in (4, 20):
        library.fault(f"tape-alert {flag}")
    assert tape_alerts_of_changer(library.device) == (4, 20)
    assert tape_alerts_of_changer(library.device) == library.truth.flags == ()
