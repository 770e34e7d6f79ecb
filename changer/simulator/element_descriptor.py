"""Element descriptors as bytes: the fields of SMC-3, with the quirks of the profile."""

from __future__ import annotations

from changer.simulator.drive_model import DriveModel
from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile
from changer.simulator.profile_choices import AlternateTags, Identifiers, VolumeTags
from changer.simulator.reported_element import ReportedElement
from changer.simulator.state import State

_TAG = 36


class DescriptorLayout:
    """Layout of the descriptors of one page; ``length`` is the same for all of them.

    ``volume_tags``, ``identifiers``: asked for, by VOLTAG and DVCID.
    """

    def __init__(
        self, profile: Profile, kind: Kind, *, volume_tags: bool, identifiers: bool
    ) -> None:
        self._profile, self.kind = profile, kind
        self._hides_status = identifiers and profile.identifier_hides_status
        identifiers = identifiers or profile.identifiers is Identifiers.ALWAYS
        self._identifiers = identifiers and kind is Kind.DRIVE
        appends = kind is Kind.DRIVE and not identifiers
        self._appended = profile.appended_serial if appends else 0
        self._block = identifiers or profile.identifier_block
        self.volume_tags = volume_tags and profile.volume_tags is not VolumeTags.IGNORED
        self._alternate = self.volume_tags and profile.alternate_tags is AlternateTags.FIELD
        self._blank_tag = self._tag("")
        self.length = self._natural_length() + profile.excess(kind) + self._appended

    @property
    def alternate_flag(self) -> bool:
        """AVOLTAG of the page."""
        if self._profile.alternate_tags is AlternateTags.DRIVES_FLAG:
            return self.kind is Kind.DRIVE
        return self.volume_tags and self._profile.alternate_tags is not AlternateTags.NONE

    def _natural_length(self) -> int:
        tags = _TAG * (self.volume_tags + self._alternate)
        one = self._profile.model_of_drive(0)  # they are all as long
        identifier = self._field(len(self._identifier("", one))) if self._identifiers else 0
        return 12 + tags + 4 * self._block + identifier

    def _field(self, length: int) -> int:
        """Bytes of an identifier of that length, with what it is padded by."""
        return max(length, self._profile.identifier_field)

    def encode(self, element: ReportedElement, state: State) -> bytes:
        """One descriptor."""
        parts = [element.address.to_bytes(2, "big"), self._fixed_fields(element, state)]
        if self.volume_tags:
            parts.append(self._tag(element.tag) if element.tag else self._blank_tag)
        if self._alternate:
            parts.append(self._blank_tag)
        if self._identifiers:
            parts.append(self._identifier_block(state, element))
        if self._appended:
            serial = state.serial_of_drive(state.drive_at(element.address)).encode("ascii")
            before = b"".join(parts).ljust(self.length - self._appended, b"\0")
            parts = [before, serial.ljust(self._appended)]
        # Zeros where there is no identifier, and for what the vendor appends.
        return b"".join(parts).ljust(self.length, b"\0")[: self.length]

    def _fixed_fields(self, element: ReportedElement, state: State) -> bytes:
        """Bytes 2 to 11."""
        additional = element.additional if element.exception else None
        asc, ascq = (additional.asc, additional.ascq) if additional else (0, 0)
        valid = element.source_address is not None
        source = element.source_address or 0
        fixed = [self._flags(element), 0, asc, ascq, *self._scsi2_address(element, state), 0]
        fixed.append(valid << 7 | element.disabled << 3 | element.medium_type)
        return bytes(fixed) + source.to_bytes(2, "big")

    def _flags(self, element: ReportedElement) -> int:
        if self._hides_status:
            return 0x04  # IBM: EXCEPT=1, ACCESS=0 and FULL=0 in every DVCID reply
        flags = element.exception << 2 | element.full
        if element.kind is not Kind.TRANSPORT:
            flags |= element.access << 3
        if element.kind is Kind.MAIL:
            flags |= element.import_enabled << 5 | element.export_enabled << 4
            flags |= element.operator_placed << 1
        return flags

    def _scsi2_address(self, element: ReportedElement, state: State) -> tuple[int, int]:
        """Bytes 6 and 7: ID VALID, LU VALID, logical unit 0; bus address."""
        if element.kind is not Kind.DRIVE or not self._profile.scsi2_addresses:
            return 0, 0
        return 0x30, state.drive_at(element.address) + 1 & 0xFF

    def _tag(self, tag: str) -> bytes:
        """32 characters, 2 reserved bytes, a sequence number of 0."""
        filler = b" " if tag or self._profile.undefined_tag_blanks else b"\0"
        field = tag.encode("ascii").ljust(32, filler)
        return field.ljust(_TAG, filler if self._profile.blanks_fill_tag_field else b"\0")

    def _identifier_block(self, state: State, element: ReportedElement) -> bytes:
        number = state.drive_at(element.address)
        identifier = self._identifier(state.serial_of_drive(number), state.model_of_drive(number))
        # Code set 2: ASCII.
        head = bytes([2, self._profile.identifier_type, 0, len(identifier)])
        return head + identifier.ljust(self._field(len(identifier)))

    def _identifier(self, serial: str, model: DriveModel) -> bytes:
        """Type 1: vendor, product, serial number; any other: the serial number alone."""
        if self._profile.identifier_type == 1:
            names = model.vendor.ljust(8) + model.product.ljust(16)
            return (names + serial.ljust(10)).encode("ascii")
        filler = b"\0" if self._profile.identifier_ends_in_zeros else b" "
        return serial.encode("ascii").ljust(self._profile.identifier_length, filler)
