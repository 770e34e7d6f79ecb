"""Which host owns the library that is meant, and where that is not clear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from changer.errors import AmbiguousLibrary, LibraryElsewhere
from changer.library import discovery
from changer.library.owner_address import OwnerAddress, parse_owner
from changer.library.owner_choice import Owned, owned_elsewhere, refuse_elsewhere, refuse_passing_on
from changer.library.settings import Configuration, LibrarySettings

ADDRESS = OwnerAddress("owner.invalid")
OWN, THEIRS = LibrarySettings(), LibrarySettings(manager=ADDRESS)


# What an URL names; what is no address.
ADDRESSES = {
    "ssh://h": OwnerAddress("h"),
    "ssh://h/": OwnerAddress("h"),
    "ssh://u@h:1": OwnerAddress("h", "u", 1),
    "ssh://_u.v+w-x@h-1.example_:65535": OwnerAddress("h-1.example_", "_u.v+w-x", 65535),
    "ssh://[fe80::1%eth0]:22": OwnerAddress("fe80::1%eth0", None, 22),
    "ssh://u@[::1]": OwnerAddress("::1", "u"),
}
NO_ADDRESSES = (
    *("", "h", "ssh://", "ssh:///", "http://h", "ssh://h:0", "ssh://h:65536", "ssh://h:123456"),
    *("ssh://h:", "ssh://-h", "ssh://-u@h", "ssh://@h", "ssh://u@", "ssh://h/x", "ssh://[h]"),
    *(" ssh://h", "ssh://h ", "ssh://h\n", "ssh://u:p@h", "ssh://::1", "SSH://h"),
)


def test_url_is_an_address_or_none() -> None:
    assert {text: parse_owner(text) for text in ADDRESSES} == ADDRESSES
    assert [text for text in NO_ADDRESSES if parse_owner(text) is not None] == []
    for text, address in ADDRESSES.items():
        assert str(address) == text.rstrip("/")


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


@pytest.mark.rows(one_in=1)
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


BEHIND = "HPE_MSL_G3_SN5"


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("kind", "configuration", "is_theirs"),
    [
        (8, Configuration(libraries={BEHIND: THEIRS}), True),
        (8, Configuration(libraries={"HPE_MSL_G3": THEIRS}), True),
        (8, Configuration(manager=ADDRESS), True),
        (8, Configuration(manager=ADDRESS, libraries={BEHIND: OWN}), False),
        (8, Configuration(libraries={"HPE_MSL_G3_SN1": THEIRS}), False),
        (1, Configuration(manager=ADDRESS), False),
        (None, Configuration(manager=ADDRESS), False),
    ],
)
def test_device_is_of_the_host_that_owns_the_library_behind_it(
    tmp_path: Path, kind: int | None, configuration: Configuration, *, is_theirs: bool
) -> None:
    device = tmp_path / "dev/char/1:3/device"  # of /dev/null, which every host has
    if kind is not None:
        (device / "scsi_generic/sg5").mkdir(parents=True)
        for name, text in {"type": kind, "vendor": "HPE", "model": "MSL G3"}.items():
            (device / name).write_text(f"{text}\n")
        (device / "vpd_pg80").write_bytes(b"\x08\x80\0\3SN5")
    owned = Owned(ADDRESS, BEHIND) if is_theirs else None
    assert owned_elsewhere("/dev/null", configuration) == owned


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_wrong_with_a_device_is_told_where_it_is_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    assert owned_elsewhere(str(tmp_path / name), Configuration(manager=ADDRESS)) is None
