"""Which host owns the library that is meant, and where that is not clear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from changer.errors import AmbiguousLibrary, LibraryElsewhere
from changer.library import discovery
from changer.library.owner_address import OwnerAddress
from changer.library.owner_choice import Owned, owned_elsewhere, refuse_elsewhere, refuse_passing_on
from changer.library.settings import Configuration, LibrarySettings

ADDRESS = OwnerAddress("owner.invalid")
OWN, THEIRS = LibrarySettings(), LibrarySettings(manager=ADDRESS)


def missing() -> None:
    raise OSError


@pytest.fixture(autouse=True)
def attached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without udev, which has one changer: HPE_MSL_G3_SN1."""
    folder = tmp_path / "class/scsi_generic/sg3/device"
    folder.mkdir(parents=True)
    for name, text in {"type": "8", "vendor": "HPE", "model": "MSL G3"}.items():
        (folder / name).write_text(f"{text}\n")
    (folder / "vpd_pg80").write_bytes(b"\x08\x80\x00\x03SN1")
    monkeypatch.setattr(discovery, "_SYS", tmp_path)
    monkeypatch.setattr("pyudev.Context", missing)


@pytest.mark.parametrize(
    ("name", "configuration", "owned"),
    [
        (None, Configuration(), None),
        (None, Configuration(manager=ADDRESS), Owned(ADDRESS, None)),
        (None, Configuration(libraries={"HPE_MSL_G3_SN1": THEIRS}), "HPE_MSL_G3_SN1"),
        ("msl", Configuration(libraries={"HPE_MSL_G3_SN1": THEIRS}), "HPE_MSL_G3_SN1"),
        ("msl", Configuration(libraries={"HPE_MSL_G3_SN1": OWN}, manager=ADDRESS), None),
        ("L700", Configuration(libraries={"HPE_MSL_G3_SN1": THEIRS}), None),
        ("L700", Configuration(manager=ADDRESS), Owned(ADDRESS, "L700")),
        ("sim:demo", Configuration(manager=ADDRESS), None),
    ],
)
def test_library_is_another_hosts_where_the_settings_say_so(
    name: str | None, configuration: Configuration, owned: Owned | str | None
) -> None:
    expected = Owned(ADDRESS, owned) if isinstance(owned, str) else owned
    assert owned_elsewhere(name, configuration) == expected


@pytest.mark.parametrize("name", [None, "SN", "HPE_MSL"])
def test_libraries_of_two_hosts_are_not_guessed_between(name: str | None) -> None:
    configuration = Configuration(libraries={"HPE_MSL_G3_SN2": THEIRS})
    with pytest.raises(AmbiguousLibrary, match="HPE_MSL_G3_SN2, HPE_MSL_G3_SN1") as raised:
        owned_elsewhere(name, configuration)
    assert "--library" in str(raised.value.hint)


def test_libraries_of_one_other_host_are_not_guessed_between_either() -> None:
    configuration = Configuration(libraries={"A": THEIRS, "B": THEIRS})
    with pytest.raises(AmbiguousLibrary, match="more than one library: A, B, HPE_MSL_G3_SN1"):
        owned_elsewhere(None, configuration)


@pytest.mark.parametrize("refuse", [refuse_elsewhere, refuse_passing_on])
def test_library_of_another_host_is_refused_where_no_request_can_be_passed_on(
    refuse: Callable[[str | None, Configuration], None],
) -> None:
    refuse("msl", Configuration(libraries={"HPE_MSL_G3_SN1": OWN}))
    with pytest.raises(LibraryElsewhere) as raised:
        refuse("msl", Configuration(libraries={"HPE_MSL_G3_SN1": THEIRS}))
    assert "owner.invalid" in raised.value.message
