"""Which of the host's changers is meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from users import no_right_to

from changer.errors import AmbiguousLibrary, NoLibrary
from changer.library.choose import (
    asked_name,
    choose,
    find,
    possible_names,
    simulated_libraries,
    simulated_names,
    virtual_name,
)
from changer.library.discovery import MEDIUM_CHANGER, ScsiDevice, port_of
from changer.library.model import Identity
from changer.library.settings import Configuration, LibrarySettings
from changer.simulator.creation import create


def changer(number: int, serial: str | None, *, product: str = "MSL G3 Series") -> ScsiDevice:
    identity = Identity("HP", product, "E.00", serial)
    return ScsiDevice(Path(f"/dev/sg{number}"), MEDIUM_CHANGER, identity)


ONE, OTHER = changer(1, "SN1"), changer(2, "SN2")
OTHER_MODEL = changer(3, "SN1", product="MSL3040")


def test_the_only_changer_needs_no_name() -> None:
    assert choose(None, (ONE,)) == ONE


@pytest.mark.parametrize("name", ["HP_MSL_G3_Series_SN2", "sn2", "Series_SN2"])
def test_a_changer_is_chosen_by_its_id_or_by_what_is_unique_in_it(name: str) -> None:
    assert choose(name, (ONE, OTHER)) == OTHER


@pytest.mark.parametrize("name", [None, "HP_MSL", "SN1"])
def test_more_than_one_is_an_error_that_lists_them(name: str | None) -> None:
    with pytest.raises(AmbiguousLibrary) as raised:
        choose(name, (ONE, OTHER_MODEL))
    assert "/dev/sg1" in raised.value.message and "/dev/sg3" in raised.value.message


def test_a_whole_id_is_not_a_part_of_another() -> None:
    longer = changer(2, "SN12")
    assert choose("HP_MSL_G3_Series_SN1", (longer,)) == longer
    with pytest.raises(NoLibrary, match="HP_MSL_G3_Series_SN1"):
        choose("HP_MSL_G3_Series_SN1", (longer,), is_whole_id=True)
    assert choose("HP_MSL_G3_Series_SN1", (longer, ONE), is_whole_id=True) == ONE
    assert choose("HP_MSL_G3_Series", (ONE, OTHER_MODEL), is_whole_id=True) == ONE
    with pytest.raises(AmbiguousLibrary):
        choose("HP_MSL_G3_Series", (ONE, OTHER), is_whole_id=True)


def test_an_alias_that_is_a_part_of_another_id_is_refused(mocker: MockerFixture) -> None:
    mocker.patch("changer.library.choose.find_changers", return_value=(ONE, OTHER_MODEL))
    name = ONE.identity.id
    assert find(name, is_whole_id=True, alias="g3").device == "/dev/sg1"
    for alias in ("3040", "msl", "Hp_Msl3040_sn1"):
        with pytest.raises(AmbiguousLibrary) as raised:
            find(name, is_whole_id=True, alias=alias)
        assert name in raised.value.message and OTHER_MODEL.identity.id in raised.value.message
    assert find(name, is_whole_id=True).device == "/dev/sg1"


def test_two_ways_to_one_library_are_one_library() -> None:
    assert choose("SN1", (ONE, changer(5, "SN1"))) == ONE


def test_two_of_a_model_without_serial_numbers_are_never_taken_for_one() -> None:
    twins = (changer(1, None), changer(2, None))
    for name in (None, "HP_MSL_G3_Series"):
        with pytest.raises(AmbiguousLibrary, match="/dev/sg2"):
            choose(name, twins)


def test_no_match_lists_what_there_is() -> None:
    with pytest.raises(NoLibrary) as raised:
        choose("IBM", (ONE,))
    assert raised.value.hint == "this host has HP_MSL_G3_Series_SN1"


def test_no_changer_at_all_says_how_to_go_on() -> None:
    with pytest.raises(NoLibrary, match="no medium changer"):
        choose(None, ())


# Where a library without a serial number is attached


def attach(sys: Path, place: str) -> Path:
    folder = sys / "devices" / place
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("place", "port"),
    [
        ("pci0/0000:02:00.0/host6/target6:0:4/6:0:4:1", "0000:02:00.0-0:0:4:1"),
        ("pci0/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0", "0000:00:1f.2-0:0:0:0"),
        ("usb1/1-4/1-4:1.0/host9/target9:0:0/9:0:0:0", "1-4:1.0-0:0:0:0"),
        ("nowhere/9:0:0:0", None),
        ("host1/target1:0:0/other", None),
    ],
)
def test_a_port_has_no_number_that_changes_with_a_reboot(
    tmp_path: Path, place: str, port: str | None
) -> None:
    assert port_of(attach(tmp_path, place)) == port


def test_two_channels_of_one_adapter_are_two_ports(tmp_path: Path) -> None:
    adapter = "pci0/0000:02:00.0"
    places = [attach(tmp_path, f"{adapter}/host{n}/target{n}:0:4/{n}:0:4:0") for n in (6, 7)]
    assert [port_of(each) for each in places] == ["0000:02:00.0-0:0:4:0", "0000:02:00.0-1:0:4:0"]


def test_an_id_without_a_serial_number_says_where_it_is() -> None:
    identity = Identity("HP", "MSL G3", "E.00", None, port="0000:02:00.0-0:0:4:1")
    assert identity.id == "HP_MSL_G3_at_0000_02_00.0-0_0_4_1"
    assert identity.model_id == "HP_MSL_G3"
    assert Identity("HP", "MSL G3", "E.00", "S", port="x").id == "HP_MSL_G3_S"


# Virtual libraries


@pytest.fixture
def virtual(folder: Path, mocker: MockerFixture) -> Path:
    """Two of them, and a file that is none; the host has the library ONE, and no other."""
    libraries = folder / "host/simulated"
    for name in ("first", "second"):
        create(name, folder=libraries, profile="autoloader", serial=f"VIRTUAL{name}")
    (libraries / "broken.json").write_text("{")
    mocker.patch("changer.library.choose.find_changers", return_value=(ONE,))
    return libraries


def virtual_ids(folder: Path) -> dict[str, str]:
    return {name: identity.id for name, identity in simulated_libraries(folder)}


def test_virtual_library_that_is_damaged_is_left_out(virtual: Path) -> None:
    assert simulated_names(virtual) == ("broken", "first", "second")
    assert possible_names(virtual) == ("broken", "demo", "first", "second")
    assert [*virtual_ids(virtual)] == ["sim:first", "sim:second"]


def test_folder_that_can_not_be_read_has_no_virtual_libraries(virtual: Path) -> None:
    with no_right_to(virtual.parent):
        assert (simulated_names(virtual), possible_names(virtual)) == ((), ("demo",))


def test_virtual_library_is_named_by_its_whole_id_alone(virtual: Path) -> None:
    ids = virtual_ids(virtual)
    assert {virtual_name(each, virtual) for each in ids.values()} == {"sim:first", "sim:second"}
    assert virtual_name(ids["sim:first"][:-1], virtual) is None
    (virtual / "empty").mkdir()
    assert virtual_name(ids["sim:first"], virtual / "empty") is None
    assert virtual_name(ids["sim:first"], virtual / "none") is None


def test_another_host_means_a_virtual_library_by_a_part_of_its_id_alone(virtual: Path) -> None:
    plain, aliased = Configuration(), Configuration(libraries={"X": LibrarySettings(alias="first")})
    for name, configuration, meant in (
        ("virtualfirst", plain, "sim:first"),
        ("VIRTUALsecond", plain, "sim:second"),
        ("VIRTUAL", plain, "VIRTUAL"),
        ("nosuch", plain, "nosuch"),
        ("first", aliased, "first"),
        ("first", plain, "sim:first"),
        ("msl", plain, "msl"),
        (None, plain, None),
    ):
        assert asked_name(name, virtual, configuration) == meant, name


def test_library_of_the_host_comes_before_a_virtual_one_of_that_name(virtual: Path) -> None:
    create("third", folder=virtual, profile="autoloader", serial="SN1")
    assert asked_name("SN1", virtual, Configuration()) == "SN1"
