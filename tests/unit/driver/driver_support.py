"""Fakes of the device and of time, and builders of what a library says; nothing of our own code
is replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from clocks import HandClock
from hypothesis import HealthCheck, settings
from scsi_bytes import check

from changer.library.session import Patience, Session
from changer.smc.command import Command, Reply, Status
from changer.smc.elements import (
    UNKNOWN_MODEL,
    AdditionalSense,
    Element,
    ElementAddressAssignment,
    ElementRange,
    ElementType,
    Model,
)
from changer.smc.sense import UnitAttention

# A busy machine is no defect of what is tested.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
slow_to_build = settings(unhurried, max_examples=40)

MT = ElementType.MEDIUM_TRANSPORT
ST = ElementType.STORAGE
IE = ElementType.IMPORT_EXPORT
DT = ElementType.DATA_TRANSFER

# Values


def assignment(
    *,
    transports: tuple[int, int] = (1, 1),
    slots: tuple[int, int] = (1000, 12),
    mail: tuple[int, int] = (10, 2),
    drives: tuple[int, int] = (500, 2),
) -> ElementAddressAssignment:
    """Mode page 1Dh: first address and number of each type."""
    return ElementAddressAssignment(
        medium_transport=ElementRange(*transports),
        storage=ElementRange(*slots),
        import_export=ElementRange(*mail),
        data_transfer=ElementRange(*drives),
    )


def tag_field(identifier: str) -> bytes:
    """Volume tag information of a label."""
    return identifier.encode().ljust(36, b"\0")


def element(
    element_type: ElementType = ST,
    address: int = 1000,
    *,
    full: bool = False,
    tag: str | None = None,
    exception: tuple[int, int] | None = None,
    **said: Any,
) -> Element:
    """An element that says nothing unusual but what is given."""
    said.setdefault("accessible", None if element_type is MT else True)
    return Element(
        element_type,
        address,
        full,
        exception=exception is not None,
        additional_sense=AdditionalSense(*exception) if exception else None,
        volume_tag_field=tag_field(tag) if tag else None,
        **said,
    )


FLAGS = {"full": "full", "ed": "disabled", "except": "except"}
KINDS = {"slot": (ST, 1000), "drive": (DT, 500), "mail": (IE, 10), "picker": (MT, 1)}


def said(words: str) -> Element:
    """An element by words: ``drive @501 full A00001L8 from=1000 30/03 access=0 ed type=2 alt=B``.
    ``except``: EXCEPT=1 without a code; ``by=IBM:3573-TL``: vendor and product of the library.

    A slot at 1000 that is accessible and empty, but for what the words say.
    """
    kind, address = KINDS["slot"]
    values: dict[str, Any] = {}
    for word in words.split():
        name, _, value = word.partition("=")
        if word in KINDS:
            kind, address = KINDS[word]
        elif word[0] == "@":
            address = int(word[1:])
        elif word in FLAGS:
            values[FLAGS[word]] = True
        elif name == "access":
            values["accessible"] = value == "1"
        elif name in ("type", "from"):
            values["medium_type" if name == "type" else "source_address"] = int(value)
        elif name == "by":
            vendor, _, product = value.partition(":")
            values["model"] = Model(vendor, product)
        elif name == "alt":
            values["alternate_volume_tag_field"] = tag_field(value)
        elif word[2:3] == "/":
            values["exception"] = (int(word[:2], 16), int(word[3:], 16))
        else:
            values["tag"] = word
    no_code, model = values.pop("except", False), values.pop("model", None)
    shown = element(kind, address, **values)
    if model is not None and shown.additional_sense is not None:
        return shown._replace(additional_sense=replace(shown.additional_sense, model=model))
    return shown._replace(exception=True) if no_code else shown


# Bytes


GOOD = Reply(Status.GOOD)
BUSY = Reply(Status.BUSY)
ATTENTION = check(6, 0x28, 0x00)
BECOMING_READY = check(2, 0x04, 0x01)
INITIALIZE_NEEDED = check(2, 0x04, 0x02)
INVALID_FIELD = check(5, 0x24, 0x00)
BAD_ADDRESS = check(5, 0x21, 0x01)
UNKNOWN_OPCODE = check(5, 0x20, 0x00)


def descriptor(
    element_type: ElementType,
    address: int,
    *,
    tag: str | None = None,
    voltag: bool = True,
    source: int | None = None,
    flags: int | None = None,
    identifier: bytes = b"",
) -> bytes:
    """An element descriptor: full when it has a tag; ACCESS=1 but for a transport."""
    if flags is None:
        flags = (0 if element_type is MT else 0x08) | (0x01 if tag else 0x00)
    found = bytes((0, 0)) if source is None else source.to_bytes(2, "big")
    body = address.to_bytes(2, "big") + bytes((flags, 0, 0, 0, 0, 0, 0))
    body += bytes((0x00 if source is None else 0x80,)) + found
    if voltag:
        body += (tag or "").encode().ljust(32, b" " if tag else b"\0") + bytes(4)
    body += bytes((2, 0, 0, len(identifier))) + identifier if identifier else bytes(4)
    return body


def mode_page(page: ElementAddressAssignment, *, ten_byte: bool = False) -> bytes:
    """Mode parameter data with page 1Dh."""
    body = bytes((0x1D, 18))
    for each in (page.medium_transport, page.storage, page.import_export, page.data_transfer):
        body += each.first.to_bytes(2, "big") + each.count.to_bytes(2, "big")
    body += bytes(2)
    if ten_byte:
        return (6 + len(body)).to_bytes(2, "big") + bytes(6) + body
    return bytes((3 + len(body), 0, 0, 0)) + body


CAPABILITIES_PAGE = bytes.fromhex("1f 12 0e 00 00 0e 0a 0e 00 00 00 00 00 02 00 00 00 00 00 00")


# Time and device


class ScriptedDevice:
    """Answers each command with the next entry of a script: a reply, an error, or a call.

    ``last`` answers whatever comes after the script's end; without it, nothing may come.
    """

    def __init__(
        self,
        *script: Reply | Exception | Callable[[Command[Any]], Reply],
        last: Reply | Exception | None = None,
    ) -> None:
        self._script = list(script)
        self._last = last
        self.sent: list[Command[Any]] = []

    @property
    def opcodes(self) -> list[int]:
        return [each.cdb[0] for each in self.sent]

    @property
    def motions(self) -> list[Command[Any]]:
        return [each for each in self.sent if each.moves_medium]

    @property
    def unused(self) -> int:
        return len(self._script)

    def execute(self, command: Command[Any]) -> Reply:
        self.sent.append(command)
        assert self._script or self._last is not None, f"nobody expected {command.name}"
        answer = self._script.pop(0) if self._script else self._last
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Reply):
            return answer
        assert answer is not None
        return answer(command)

    def close(self) -> None:
        pass


@dataclass
class Heard:
    """What a session told those who watch it."""

    progress: list[str] = field(default_factory=list)
    attentions: list[UnitAttention] = field(default_factory=list)


@dataclass
class Conversation:
    """A session with a fake device, and everything that can be seen of it from outside."""

    session: Session
    clock: HandClock
    heard: Heard


def converse(
    device: Any,
    *,
    may_initialize: bool = True,
    patience: Patience | None = None,
    model: Model = UNKNOWN_MODEL,
) -> Conversation:
    clock, heard = HandClock(), Heard()
    session = Session(
        device,
        clock=clock,
        patience=patience,
        progress=heard.progress.append,
        on_attention=heard.attentions.append,
        may_initialize=lambda: may_initialize,
        model=model,
    )
    return Conversation(session, clock, heard)


@dataclass
class FakeChanger:
    """A library of bytes, with the habits that real ones have.

    ``cartridges``: address to tag. ``absent``: addresses left out of every reply. ``count``: the
    number of elements that the header gives, from the number there is and the number sent.
    ``interruptions``: before the command of that number (from 0), answer with this instead.
    """

    page: ElementAddressAssignment = field(default_factory=assignment)
    cartridges: dict[int, str] = field(default_factory=dict)
    absent: set[int] = field(default_factory=set)
    refuses_tags_of: set[ElementType] = field(default_factory=set)
    refuses_identifiers: bool = False
    knows_mode_sense_6: bool = True
    capabilities: bytes | None = None
    answers_type_zero: bool = True
    type_zero_leaves_out: set[ElementType] = field(default_factory=set)
    no_match: Reply = field(default_factory=lambda: Reply(Status.GOOD, data=bytes(8)))
    ignores_count: bool = False
    most_descriptors: int = 0xFFFF
    count: Callable[[int, int], int] = lambda there, sent: there
    interruptions: dict[int, Reply] = field(default_factory=dict)
    padding: int = 0
    sent: list[Command[Any]] = field(default_factory=list)

    @property
    def readings(self) -> list[tuple[int, int, int]]:
        """Element type, start and number of every READ ELEMENT STATUS."""
        return [
            (
                each.cdb[1] & 0x0F,
                int.from_bytes(each.cdb[2:4], "big"),
                int.from_bytes(each.cdb[4:6], "big"),
            )
            for each in self.sent
            if each.cdb[0] == 0xB8
        ]

    @property
    def opcodes(self) -> list[int]:
        return [each.cdb[0] for each in self.sent]

    def execute(self, command: Command[Any]) -> Reply:
        interruption = self.interruptions.get(len(self.sent))
        self.sent.append(command)
        if interruption is not None:
            return interruption
        cdb = command.cdb
        if cdb[0] in (0x1A, 0x5A):
            return self._mode_sense(cdb)
        if cdb[0] == 0xB8:
            return self._element_status(cdb)
        return GOOD if cdb[0] in (0x00, 0x07) else UNKNOWN_OPCODE

    def close(self) -> None:
        pass

    def _mode_sense(self, cdb: bytes) -> Reply:
        ten_byte = cdb[0] == 0x5A
        if not ten_byte and not self.knows_mode_sense_6:
            return UNKNOWN_OPCODE
        if cdb[2] == 0x1D:
            return Reply(Status.GOOD, data=mode_page(self.page, ten_byte=ten_byte))
        if self.capabilities is None:
            return INVALID_FIELD
        size = len(self.capabilities)
        head = bytes((0, 6 + size, 0, 0, 0, 0, 0, 0)) if ten_byte else bytes((3 + size, 0, 0, 0))
        return Reply(Status.GOOD, data=head + self.capabilities)

    def _element_status(self, cdb: bytes) -> Reply:
        voltag, identifiers = bool(cdb[1] & 0x10), bool(cdb[6] & 0x01)
        code, start = cdb[1] & 0x0F, int.from_bytes(cdb[2:4], "big")
        number, allocation = int.from_bytes(cdb[4:6], "big"), int.from_bytes(cdb[7:10], "big")
        assert number > 0
        if code == 0 and not self.answers_type_zero:
            return INVALID_FIELD
        types = [
            each for each in ElementType if not (code == 0 and each in self.type_zero_leaves_out)
        ]
        types = types if code == 0 else [ElementType(code)]
        if (voltag and self.refuses_tags_of & set(types)) or (
            identifiers and self.refuses_identifiers
        ):
            return INVALID_FIELD
        found = [(kind, address) for kind in types for address in self._listed(kind, start)]
        if not found:
            return self.no_match
        sent = found if self.ignores_count else found[: min(number, self.most_descriptors)]
        return Reply(Status.GOOD, self._report(found, sent, voltag, identifiers)[:allocation])

    def _listed(self, kind: ElementType, start: int) -> Iterable[int]:
        there = self.page.range_of(kind)
        for address in range(max(there.first, start), there.first + there.count):
            if address not in self.absent:
                yield address

    def _report(
        self,
        found: list[tuple[ElementType, int]],
        sent: list[tuple[ElementType, int]],
        voltag: bool,
        identifiers: bool,
    ) -> bytes:
        pages = b""
        for kind in dict.fromkeys(kind for kind, _ in sent):
            descriptors = [
                descriptor(
                    kind,
                    address,
                    tag=self.cartridges.get(address),
                    voltag=voltag,
                    identifier=b"SERIAL%04d" % address if identifiers and kind is DT else b"",
                )
                + bytes(self.padding)
                for each, address in sent
                if each is kind
            ]
            body = b"".join(descriptors)
            pages += bytes((kind, 0x80 if voltag else 0))
            pages += len(descriptors[0]).to_bytes(2, "big") + len(body).to_bytes(4, "big") + body
        number = self.count(len(found), len(sent))
        head = sent[0][1].to_bytes(2, "big") + min(number, 0xFFFF).to_bytes(2, "big")
        return head + len(pages).to_bytes(4, "big") + pages
