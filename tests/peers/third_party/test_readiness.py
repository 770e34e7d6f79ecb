"""sg_turs, sg_requests and sg_luns agree; commands that do not exist are refused as such."""

import pytest
from kernel.attached_library import AttachedLibrary

from .tool import run, told

pytestmark = pytest.mark.guest_only

NOTHING_TO_SAY = "Sense key: No Sense\nAdditional sense: No additional sense information"
INVALID_OPCODE = 9  # SG_LIB_CAT_INVALID_OP


def sense_of(device: str) -> str:
    """sg_requests decodes what it read on its standard error."""
    ended = run("sg_requests", device)
    assert ended.exit_status == 0, ended
    return ended.stderr


def test_what_is_ready_says_so(library: AttachedLibrary) -> None:
    for device in (library.device, library.drives[0]["generic"]):
        assert told("sg_turs", device) == ""
        assert NOTHING_TO_SAY in sense_of(device)


def test_a_unit_attention_is_told_once(library: AttachedLibrary) -> None:
    library.fault("unit-attention 28/01 1")
    assert "Sense key: Unit Attention\nAdditional sense: Import or export element accessed" in (
        sense_of(library.device)
    )
    assert NOTHING_TO_SAY in sense_of(library.device)


def test_what_does_not_exist_is_an_invalid_opcode(library: AttachedLibrary) -> None:
    for program, device in (
        ("sg_opcodes", library.device),
        ("sg_read_attr", library.drives[0]["generic"]),
    ):
        ended = run(program, device)
        assert ended.exit_status == INVALID_OPCODE, ended


def test_each_unit_is_the_only_one_of_its_target(library: AttachedLibrary) -> None:
    first, *_, last = told("sg_luns", library.device).splitlines()
    assert first.startswith("Lun list length = 8 ")
    assert last.strip() == "0000000000000000"
