"""Report for a public issue: versions, diagnoses, and what each library answered (pure).

Whatever names a machine, a cartridge or a person is disguised, and the text is searched for it
before it is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from changer.doctor.diagnosis import Diagnosis, NotTold
from changer.doctor.disguise import Disguise, Secret, disguise
from changer.doctor.dump import blobs_of, hex_lines
from changer.doctor.facts import Facts, Machine, SgRaw
from changer.doctor.gathering.everything import Gathered
from changer.doctor.gathering.libraries import Seen
from changer.doctor.gathering.reading import Exchange
from changer.doctor.secrets import (
    secrets_of_designator,
    secrets_of_id,
    secrets_of_labels,
    secrets_of_name,
    secrets_of_reply,
    secrets_of_text,
    words_like_serials,
)
from changer.errors import OutputFailed
from changer.library.inventory import Inventory
from changer.library.model import Identity
from changer.smc.elements import Element
from changer.smc.inquiry import Designator
from changer.values import NamedTuple

_MOST_BYTES = 1 << 16
_MOST_BYTES_OF_ALL = 1 << 19
_MOST_ELEMENTS = 2000
_TRIES = 5
_ALIAS = "alias"

_HEADING = """\
changer doctor, report 1

Serial numbers, labels, world wide names, and the names of hosts and users are
replaced by others of the same form and length; the same value everywhere by
the same one. Read it before you publish it."""


class Origin(NamedTuple):
    """Names that are to be hidden besides those that libraries report: of hosts, users, groups."""

    names: tuple[str, ...]
    texts: tuple[str, ...] = ()


def report_text(
    gathered: Gathered, diagnoses: Iterable[Diagnosis], origin: Origin, draw: Callable[[int], int]
) -> str:
    """The report. ``draw``: as ``disguise`` has it.

    Raises OutputFailed where something that is to be hidden would still be in it.
    """
    diagnoses = tuple(diagnoses)
    secrets = tuple(find_secrets(gathered, diagnoses, origin))
    left: tuple[str, ...] = ()
    for _ in range(_TRIES):
        hidden = disguise(secrets, draw)
        lines = [*_lines(gathered, diagnoses, hidden)]
        words = "\n".join(line for line, is_dump in lines if not is_dump)
        text = "\n".join(line for line, _ in lines)
        left = hidden.survivors(words, blobs_of(text))
        if not left:
            return f"{text}\n"
    raise OutputFailed(
        f"the report was not written: it would still show {len(left)} of the values to be hidden",
        hint="please report that as a bug of changer, without the values",
    )


# Secrets


def find_secrets(
    gathered: Gathered, diagnoses: Iterable[Diagnosis], origin: Origin
) -> Iterator[Secret]:
    """Everything that is to be hidden, wherever it was seen."""
    facts, common = gathered.facts, _common_words(gathered)
    for name in origin.names:
        yield from secrets_of_name(name)
    for identity in _identities(gathered):
        yield from (Secret(serial) for serial in filter(None, (identity.serial,)))
    if not isinstance(facts.store, NotTold):
        for library_id in facts.store.known_ids:
            yield from secrets_of_id(library_id, common=common)
    if not isinstance(facts.settings, NotTold):
        for name in facts.settings.ids:
            yield from secrets_of_id(name, common=common)
    for seen in gathered.libraries:
        yield from _secrets_of_library(seen, common)
    texts = [*origin.texts, *(_sentence(each) for each in diagnoses)]
    texts += [value for seen in gathered.libraries for _, value in seen.settings]
    for text in texts:
        yield from secrets_of_text(text)
        yield from words_like_serials(text, common=common)


def _secrets_of_library(seen: Seen, common: frozenset[str]) -> Iterator[Secret]:
    tags = [*seen.labels]
    for element in seen.inventory.elements if seen.inventory else ():
        fields = (element.volume_tag, element.alternate_volume_tag)
        tags += [each.identifier for each in fields if each is not None]
        if (told := element.identifier) is not None:
            yield from secrets_of_designator(
                Designator(0, told.identifier_type, told.code_set, told.identifier)
            )
    yield from secrets_of_labels(dict.fromkeys(tags))
    for name, value in seen.settings:
        if name == _ALIAS and value.lower() not in {each.lower() for each in common}:
            yield from secrets_of_name(value)
    if not isinstance(seen.facts.drives, NotTold):
        yield from (Secret(each.serial) for each in seen.facts.drives if each.serial)
    known = frozenset(tags)
    for exchange in seen.exchanges:
        if exchange.reply is not None:
            yield from secrets_of_reply(
                exchange.cdb, exchange.reply.data, common=common, known=known
            )


def _identities(gathered: Gathered) -> Iterator[Identity]:
    nodes = gathered.facts.nodes
    yield from (each.identity for each in (() if isinstance(nodes, NotTold) else nodes))
    told = (each.facts.identity for each in gathered.libraries)
    yield from (each for each in told if each is not None)


def _common_words(gathered: Gathered) -> frozenset[str]:
    """Words that name a model, and so stay."""
    texts: list[str] = []
    for each in _identities(gathered):
        texts += [each.vendor, each.product, each.revision, each.model_id, each.t10_vendor or ""]
    for seen in gathered.libraries:
        for element in seen.inventory.elements if seen.inventory else ():
            if (told := element.identifier) is not None:
                texts += [told.vendor or "", told.product or ""]
        texts += seen.models
    words = {word for text in texts for word in text.split()}
    return frozenset(words | {part for word in words for part in word.split("_")})


def _sentence(diagnosis: Diagnosis) -> str:
    return " ".join((diagnosis.seen, *diagnosis.fixes, diagnosis.advice or "", diagnosis.library))


# Text: each line, and whether it is one of a dump, which has been disguised as bytes

_Line = tuple[str, bool]


def _lines(
    gathered: Gathered, diagnoses: tuple[Diagnosis, ...], hidden: Disguise
) -> Iterator[_Line]:
    for line in (_HEADING, "", *_versions(gathered.facts), "", "== Checks"):
        yield line, False
    for each in diagnoses:
        yield from ((hidden.text(line), False) for line in _diagnosis_lines(each))
    left = _MOST_BYTES_OF_ALL
    for seen in gathered.libraries:
        for line in _library_lines(seen):
            yield hidden.text(line), False
        for exchange in seen.exchanges:
            data = b"" if exchange.reply is None else exchange.reply.data
            yield from _exchange_lines(exchange, hidden, most=min(_MOST_BYTES, left))
            left = max(0, left - len(data))


def _versions(facts: Facts) -> Iterator[str]:
    yield "== Versions"
    yield from version_lines(facts.machine, facts.sg_raw)


def version_lines(machine: Machine | NotTold, sg_raw: SgRaw | NotTold) -> Iterator[str]:
    """What is said of the host itself."""
    if isinstance(machine, Machine):
        yield f"changer {machine.changer}, Python {machine.python}"
        yield f"{machine.distribution}, Linux {machine.kernel} {machine.machine}"
        if machine.container:
            yield f"in a container: {machine.container}"
    else:
        yield machine.why
    if isinstance(sg_raw, SgRaw):
        yield f"sg_raw {sg_raw.version} ({sg_raw.dated})"
    else:
        yield f"sg_raw: {sg_raw.why}"


def _diagnosis_lines(diagnosis: Diagnosis) -> Iterator[str]:
    about = f" [{diagnosis.library}]" if diagnosis.library else ""
    yield f"{diagnosis.level}: {diagnosis.check}{about}: {diagnosis.seen}"
    yield from (f"    {each}" for each in diagnosis.fixes)
    if diagnosis.advice:
        yield f"    ({diagnosis.advice})"


def _library_lines(seen: Seen) -> Iterator[str]:
    facts = seen.facts
    yield from ("", f"== Library {facts.id} at {facts.device or 'no device'}")
    if facts.identity is not None:
        it = facts.identity
        yield f"vendor {it.vendor!r}, product {it.product!r}, revision {it.revision!r}"
    yield from ("", "-- Settings that differ from the defaults")
    yield from (f"{name} = {value}" for name, value in seen.settings)
    if not seen.settings:
        yield "none"
    yield from ("", "-- Rows of the atlas of models")
    yield from (f"{each.name}: {each.words} ({each.evidence})" for each in facts.habits)
    yield from facts.vendor_codes
    yield from facts.known_drives
    if not (facts.habits or facts.vendor_codes or facts.known_drives):
        yield "none"
    if seen.inventory is not None:
        yield from ("", "-- Elements")
        yield from _element_lines(seen.inventory)
    yield from ("", "-- Commands, in their order")


def _element_lines(inventory: Inventory) -> Iterator[str]:
    ranges = inventory.assignment
    yield f"transports {ranges.medium_transport}, slots {ranges.storage}"
    yield f"mail slots {ranges.import_export}, drives {ranges.data_transfer}"
    elements = sorted(inventory.elements, key=lambda each: each.address)
    yield from (_element_line(each) for each in elements[:_MOST_ELEMENTS])
    if len(elements) > _MOST_ELEMENTS:
        yield f"and {len(elements) - _MOST_ELEMENTS} more"


def _element_line(element: Element) -> str:
    access = {True: "access", False: "no access", None: ""}[element.accessible]
    words = [
        f"@{element.address}",
        element.element_type.name.lower(),
        "full" if element.full else "empty",
        f"label {element.tag}" if element.tag else "",
        f"from @{element.source_address}" if element.source_address is not None else "",
        access,
        f"except {element.additional_sense}" if element.exception else "",
        "disabled" if element.disabled else "",
        f"medium {element.medium_type:d}" if element.medium_type else "",
    ]
    return " ".join(filter(None, words))


def _exchange_lines(exchange: Exchange, hidden: Disguise, *, most: int) -> Iterator[_Line]:
    yield f"{exchange.name} ({exchange.cdb.hex(' ')}) to {hidden.text(exchange.device)}", False
    reply = exchange.reply
    if reply is None:
        yield f"  no reply: {hidden.text(exchange.failure)}", False
        return
    yield f"  status {reply.status:02X}h, {len(reply.data)} bytes", False
    yield from ((line, True) for line in hex_lines(hidden.data(reply.data), most=most))
    if reply.sense:
        yield "  sense data", False
        yield from ((line, True) for line in hex_lines(hidden.data(reply.sense)))
