"""Cartridges are moved by the kernel's own device, at seven commands each, and put back."""

from .contents import Contents
from .dispatch_count import Dispatched
from .mtx_status import ReadMtx
from .program import REAL_START, Program

MOVE_MEDIUM = 0xA5


def test_a_cartridge_is_loaded_and_goes_back_to_where_it_came_from(
    changer: Program, mtx_status: ReadMtx
) -> None:
    before = mtx_status()
    full, _, _ = Contents(before).two_full_and_one_empty()
    moved = changer.do("load", str(full.number), "--json").document["moves"][0]
    assert moved["volume_tag"] == full.volume_tag
    (drive, *_) = mtx_status().drives
    assert (drive.full, drive.volume_tag, drive.source) == (True, full.volume_tag, full.number)
    ended = changer.start("unload", "drive:0", prefix=REAL_START)
    assert ended.exit_status == 0, ended
    assert mtx_status() == before


def test_load_and_unload_cost_seven_commands_with_their_checks(
    changer: Program, mtx_status: ReadMtx, dispatched: Dispatched
) -> None:
    full, _, _ = Contents(mtx_status()).two_full_and_one_empty()
    changer.do("load", str(full.number))
    changer.do("unload")
    for words in (("load", str(full.number)), ("unload",)):
        with dispatched() as sent:
            changer.do(*words)
        assert 0 < sent.number <= 7, (words, sent)
        assert sent.opcodes is None or sent.opcodes.count(MOVE_MEDIUM) == 1
