"""Exports and imports in Python."""

from __future__ import annotations

import pytest
from driver.virtual_library import VirtualLibrary

from changer.api import TapeLibrary
from changer.errors import OperationStopped, UsageError


def test_export_has_what_became_of_each_cartridge(
    library: TapeLibrary, demo: VirtualLibrary
) -> None:
    exported = library.export("A00001L8", "A00009L8", timeout_seconds=0)
    lying, missing = exported.cartridges
    assert (lying.volume_tag, lying.has_left, str(lying.place)) == ("A00001L8", False, "mail:2")
    assert (missing.has_left, missing.place) == (False, None)
    assert demo.tag_at("mail:2") == "A00001L8"
    assert any("A00001L8 (mail slot 2)" in each for each in demo.warnings)
    demo.operate("take mail:2")
    exported = library.export("A00001L8", "A00009L8", timeout_seconds=0)
    assert [each.volume_tag for each in exported.left] == ["A00001L8"]


def test_pattern_without_a_match_is_raised(library: TapeLibrary) -> None:
    with pytest.raises(UsageError):
        library.export("Z*")


def test_export_is_started_and_stopped(library: TapeLibrary) -> None:
    started = library.start_export("A00001L8")
    started.stop()
    assert isinstance(started.wait().error, OperationStopped)


def test_import_has_what_became_of_each_cartridge(
    library: TapeLibrary, demo: VirtualLibrary
) -> None:
    demo.operate("put B00001L8 mail:2", noticed=False)
    imported = library.import_cartridges(only_now=True)
    (cartridge,) = imported.in_slots
    assert (cartridge.volume_tag, str(cartridge.slot)) == ("B00001L8", "4")
    assert [each.volume_tag for each in imported.cartridges if each.is_left_alone] == ["CLN001CU"]
    assert imported.is_complete
