"""The driver's parsers read every virtual library as what it truly holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.simulator.geometry import Kind
from changer.simulator.profile_choices import Identifiers, VolumeTags
from changer.simulator.profiles.table import PROFILES
from changer.smc.cdb import raw
from changer.smc.element_status import read_element_status
from changer.smc.elements import ElementType
from changer.smc.inquiry import device_identification, standard_inquiry, unit_serial_number
from changer.smc.log_sense import (
    data_transfer_device_status,
    sequential_access_device,
    tape_alert_response,
)
from changer.smc.mode_sense import device_capabilities, element_address_assignment

from .simulator_bench import Bench

MODE_1E = bytes.fromhex("1a 08 1e 00 ff 00")
SMALL = [name for name in PROFILES if name not in ("large", "huge")]


@pytest.mark.parametrize("name", SMALL)
def test_element_status(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path, name)
    profile, transport = bench.truth.profile, bench.transport()
    bench.move(profile.storage_base, profile.drive_base)
    tags = profile.volume_tags is not VolumeTags.REFUSED
    for element_type in ElementType:
        command = read_element_status(
            element_type, starting_address=0, number_of_elements=1000, volume_tags=tags
        )
        truth = [each for each in bench.truth.elements if each.kind.value == element_type.value]
        if not truth:
            continue
        status = command.parse(transport.execute(command).data)
        said = [(e.address, e.full, str(e.volume_tag or "")) for e in status.elements]
        assert said == [
            (e.address, e.cartridge is not None, e.cartridge.tag if e.cartridge and tags else "")
            for e in truth
        ]
        assert [e.source_address for e in status.elements] == [
            e.cartridge.source_address if e.cartridge else None for e in truth
        ]


@pytest.mark.parametrize("name", SMALL)
def test_drive_serial_numbers(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path, name)
    profile = bench.truth.profile
    if profile.identifiers is Identifiers.REFUSED:
        return
    command = read_element_status(
        ElementType.DATA_TRANSFER,
        starting_address=profile.drive_base,
        number_of_elements=profile.drives,
        volume_tags=False,
        device_identifiers=True,
    )
    status = command.parse(bench.transport().execute(command).data)
    serials = [element.identifier and element.identifier.serial for element in status.elements]
    assert serials == [drive.serial for drive in bench.truth.drives]
    for number, serial in enumerate(serials):
        page = unit_serial_number()
        assert page.parse(bench.transport(number).execute(page).data) == serial


@pytest.mark.parametrize("name", SMALL)
def test_identity_geometry_and_logs(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path, name)
    profile, transport = bench.truth.profile, bench.transport()
    inquiry, serial, designators = standard_inquiry(), unit_serial_number(), device_identification()
    names = inquiry.parse(transport.execute(inquiry).data)
    assert (names.vendor, names.product) == (profile.vendor, profile.product)
    assert serial.parse(transport.execute(serial).data) == profile.serial
    told = designators.parse(transport.execute(designators).data)
    assert [each.association for each in told] == [0, 0, *[1, 1] * profile.port_designators]
    assert [each.names_target_port for each in told[2:]] == [True, True] * profile.port_designators
    page = element_address_assignment()
    assignment = page.parse(transport.execute(page).data)
    for kind, addresses in profile.geometry.ranges.items():
        said = assignment.range_of(ElementType(kind))
        assert (said.first, said.count) == (addresses.start, len(addresses))
    for log in (data_transfer_device_status(), sequential_access_device(), tape_alert_response()):
        assert log.parse(bench.transport(0).execute(log).data) is not None


@pytest.mark.parametrize("name", [name for name in SMALL if name != "bare"])
def test_capabilities_are_the_moves_that_work(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path, name)
    transport, geometry = bench.transport(), bench.truth.profile.geometry
    page, other = device_capabilities(), raw(MODE_1E, allocation_length=255, timeout_seconds=60)
    moves = page.parse(transport.execute(page).data).moves
    geometry_page = transport.execute(other).data
    rotations = geometry_page[4 + geometry_page[3] + 2 :: 2]
    assert rotations and not any(each & 0x01 for each in rotations)
    kinds = [kind for kind in Kind if geometry.ranges[kind]]
    for source in kinds:
        for destination in kinds:
            addresses = geometry.ranges[source][-1], geometry.ranges[destination][-1]
            refused = bench.move(*addresses) == "05/24/00"
            pair = (ElementType(source), ElementType(destination))
            assert (pair not in moves) is refused
