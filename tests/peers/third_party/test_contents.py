"""mtx and the kernel's changer driver see in every element what is there."""

import errno

import pytest
from kernel.attached_library import AttachedLibrary
from kernel.mtx_status import MtxElement, MtxStatus, parse_mtx_status

from changer.simulator.description import Description, ElementTruth
from changer.simulator.geometry import Kind
from changer.simulator.profile_choices import AlternateTags, MagazineOut, VolumeTags

from .kernel_changer import ElementStatus, ElementType, KernelChanger, kernel_changer
from .kernel_log import KernelLog
from .tool import run, told

pytestmark = pytest.mark.guest_only

EXCEPTION = r"ch .*: \[ch\d+\] element 0x(\w+): asc=0x(\w+), ascq=0x(\w+)"
KERNEL_TYPES = {
    Kind.TRANSPORT: ElementType.TRANSPORT,
    Kind.STORAGE: ElementType.STORAGE,
    Kind.MAIL: ElementType.MAIL,
    Kind.DRIVE: ElementType.DRIVE,
}


def elements(truth: Description, kind: Kind) -> list[ElementTruth]:
    return [element for element in truth.elements if element.kind is kind]


def place_in_type(truth: Description, address: int) -> tuple[Kind, int]:
    """Type of an element, and its number within it, counted from 0."""
    for kind, addresses in truth.profile.geometry.ranges.items():
        if address in addresses:
            return kind, address - addresses.start
    raise KeyError(address)


def tag_of(truth: Description, element: ElementTruth) -> str | None:
    """What the library reports of a label."""
    if truth.profile.volume_tags is not VolumeTags.REPORTED:
        return None
    return (element.cartridge and element.cartridge.tag) or None


def source_of(truth: Description, element: ElementTruth) -> tuple[Kind, int] | None:
    """Where the library says that it came from: type, and number within it."""
    if truth.profile.remains_in_mail and element.place == "mail:2":
        return Kind.STORAGE, 2  # it is gone; mhVTL leaves SVALID behind
    if element.cartridge is None or element.cartridge.source_address is None:
        return None
    return place_in_type(truth, element.cartridge.source_address)


def seen_by_mtx(truth: Description) -> MtxStatus:
    """Slots are counted from 1, and mail slots after them."""

    def number(address: int) -> int:
        kind, index = place_in_type(truth, address)
        return index + 1 + (truth.profile.slots if kind is Kind.MAIL else 0)

    def seen(element: ElementTruth) -> MtxElement:
        kind, index = place_in_type(truth, element.address)
        source = element.cartridge.source_address if element.cartridge else None
        return MtxElement(
            number=index if kind is Kind.DRIVE else number(element.address),
            full=element.cartridge is not None,
            volume_tag=tag_of(truth, element),
            source=number(source) if kind is Kind.DRIVE and source is not None else None,
        )

    kinds = (Kind.DRIVE, Kind.STORAGE, Kind.MAIL)
    return MtxStatus(*(tuple(map(seen, elements(truth, kind))) for kind in kinds))


def test_mtx_status_shows_what_is_where(library: AttachedLibrary) -> None:
    # Nothing is in a magazine that is out: mtx has no word for a slot that is not there.
    truth = library.truth
    assert parse_mtx_status(told("mtx", "-f", library.device, "status")) == seen_by_mtx(truth)


def test_mtx_does_not_understand_sense_data_in_descriptors(library: AttachedLibrary) -> None:
    """It takes byte 1 for the key where it is the second one: its own limitation, not ours."""
    if not library.truth.profile.descriptor_sense:
        return
    library.fault("unit-attention 28/01 1")
    ended = run("mtx", "-f", library.device, "status")
    assert "Error Code=72 (Unknown?!)" in ended.stderr
    told("mtx", "-f", library.device, "status")


def test_the_kernel_counts_the_elements(library: AttachedLibrary) -> None:
    profile = library.truth.profile
    with kernel_changer(library.units[0]["changer"]) as changer:
        parameters = changer.parameters()
        assert changer.vendor_types() == (0, 0, 0, 0)
    assert (parameters.current_picker, parameters.pickers) == (0, profile.transports)
    assert (parameters.slots, parameters.mail) == (profile.slots, profile.mail)
    assert parameters.drives == profile.drives


def test_the_kernel_sees_what_is_where(library: AttachedLibrary, kernel_log: KernelLog) -> None:
    truth, flagged = library.truth, set()
    with kernel_changer(library.units[0]["changer"]) as changer:
        for kind in Kind:
            expected = [element.cartridge is not None for element in elements(truth, kind)]
            statuses = changer.statuses(KERNEL_TYPES[kind], len(expected))
            assert [ElementStatus.FULL in each for each in statuses] == expected
            for number, element in enumerate(elements(truth, kind)):
                see_element(truth, changer, element, number, statuses[number])
                if ElementStatus.EXCEPT in statuses[number]:
                    flagged.add(element.address)
    said = kernel_log.take(EXCEPTION)
    assert {int(each[1], 16) for each in said} == flagged
    assert {(int(each[2], 16), int(each[3], 16)) for each in said} == exceptions(truth)
    refused = kernel_log.take(r"ch .*: \[ch\d+\] device has no volume tag support")
    assert bool(refused) == (truth.profile.volume_tags is VolumeTags.REFUSED)


def exceptions(truth: Description) -> set[tuple[int, int]]:
    """The additional sense codes in the descriptors, for what was done to the library."""
    out = {MagazineOut.DISABLED: (0x3B, 0x12), MagazineOut.EXCEPT_3B12: (0x3B, 0x12)}
    codes = set()
    if truth.removed and truth.profile.magazine_out in out:
        codes.add(out[truth.profile.magazine_out])
    has_cleaner = any(each.cartridge and each.cartridge.is_cleaner for each in truth.elements)
    if has_cleaner and (sense := truth.profile.cleaner_sense):
        codes.add((sense.asc, sense.ascq))
    return codes


def see_element(
    truth: Description,
    changer: KernelChanger,
    element: ElementTruth,
    number: int,
    status: ElementStatus,
) -> None:
    seen = changer.element(KERNEL_TYPES[element.kind], number)
    assert seen.status == status
    assert seen.error == (errno.EIO if ElementStatus.EXCEPT in status else None)
    assert (seen.volume_tag or None) == tag_of(truth, element)
    has_alternate = truth.profile.alternate_tags is not AlternateTags.NONE
    assert (seen.alternate_tag is not None) == has_alternate
    source = source_of(truth, element)
    assert seen.source == (source and (KERNEL_TYPES[source[0]], source[1]))
    if element.kind is Kind.MAIL and element.cartridge is not None:
        is_told = element.cartridge.operator_placed and truth.profile.tells_operator_placed
        assert (ElementStatus.IMPEXP in seen.status) == is_told


def test_the_kernel_moves_cartridges(tapes: AttachedLibrary) -> None:
    first, empty = (ElementType.STORAGE, 0), (ElementType.STORAGE, 3)
    tag = tapes.truth.cartridge_at("1")
    with kernel_changer(tapes.units[0]["changer"]) as changer:
        changer.move(first, empty)
        assert tapes.truth.cartridge_at("1") is None
        moved = tapes.truth.cartridge_at("4")
        assert moved is not None and tag is not None and moved.tag == tag.tag
        with pytest.raises(OSError, match="Exchange full") as full:
            changer.move(empty, (ElementType.STORAGE, 1))
        assert full.value.errno == errno.EXFULL
        with pytest.raises(OSError, match="Invalid exchange") as nothing:
            changer.move(first, empty)
        assert nothing.value.errno == errno.EBADE
        changer.move(empty, first)
    assert tapes.truth.place_of(tag.tag) == "1"
