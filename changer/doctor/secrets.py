"""Secrets of a report: serial numbers, labels, world wide names, and names of hosts and users.

They are found where they have their place, and what looks like one elsewhere in a reply counts as
one too (pure).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from changer.doctor.disguise import SHORTEST, Secret, binary_secret, label_secret
from changer.errors import MalformedData
from changer.smc.inquiry import Designator, parse_device_identification

_INQUIRY, _ELEMENT_STATUS = 0x12, 0xB8
_SERIAL_PAGE, _IDENTIFICATION_PAGE = 0x80, 0x83
_TEXT_CODE_SETS = (2, 3)
_T10_VENDOR_ID, _EUI64, _NAA, _SCSI_NAME = 1, 2, 3, 8
# Numbers of ports and groups within a device: they name nothing in the world.
_COUNTED = (4, 5, 6)
_VENDOR_SIZE = 8
_STANDARD_SIZE = 36
_WORDS = re.compile(rb"[!-~]{4,}")
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_IPV4 = re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])")
_IPV6 = re.compile(r"(?<![0-9a-fA-F:])(?:[0-9a-fA-F]{1,4}:){5,7}[0-9a-fA-F]{1,4}(?![0-9a-fA-F:])")
_SHORT_IPV6 = re.compile(r"(?<![0-9a-fA-F:])[0-9a-fA-F:]*[0-9a-fA-F]::[0-9a-fA-F:]*")
_HOME = re.compile(r"/home/([^/\s:]+)")
_AT_HOST = re.compile(r"://(?:([^/@\s:]+)(?::[^@/\s]*)?@)?([A-Za-z0-9_][A-Za-z0-9_.-]*)")
_QUERY = re.compile(r"[?&](?:user|host|hostaddr|passfile|service)=([^&\s]+)")
# What looks like a serial number or a label in a sentence: capitals and digits.
_LIKE_A_SERIAL = re.compile(r"(?<![A-Za-z0-9/])(?=[A-Z0-9-]*[0-9])[A-Z0-9]{8,}(?![A-Za-z0-9])")
# Accounts and groups that every host has, or that a package makes.
_COMMON = frozenset(
    (
        *("root", "nobody", "nogroup", "tape", "disk", "cdrom", "floppy", "users", "wheel", "adm"),
        *("sudo", "daemon", "localhost", "localdomain", "backup", "bacula", "bareos", "amanda"),
        *("amandabackup", "operator", "storage", "changer", "video", "plugdev", "dialout", "local"),
        *("home", "user", "lan", "example", "com", "org", "net"),
    )
)


def secrets_of_reply(
    cdb: bytes, data: bytes, *, common: Iterable[str], known: frozenset[str] = frozenset()
) -> Iterator[Secret]:
    """The secrets in a reply.

    ``common``: words that name a model, and stay; ``known``: labels, which need not be found again.
    """
    if cdb[:1] == bytes((_INQUIRY,)):
        yield from _of_inquiry(cdb, data, common=common)
    elif cdb[:1] == bytes((_ELEMENT_STATUS,)):
        yield from words_like_names(data, common=common, known=known)


def _of_inquiry(cdb: bytes, data: bytes, *, common: Iterable[str]) -> Iterator[Secret]:
    if not cdb[1] & 0x01:
        yield from words_like_names(data[_STANDARD_SIZE:], common=common)
        return
    if cdb[2] == _SERIAL_PAGE:
        serial = data[4:].decode("latin-1").strip(" \0")
        yield Secret(serial.partition("\0")[0])
    if cdb[2] == _IDENTIFICATION_PAGE:
        try:
            for each in parse_device_identification(data):
                yield from secrets_of_designator(each)
        except MalformedData:
            pass
    yield from words_like_names(data[4:], common=common)


def secrets_of_designator(designator: Designator) -> Iterator[Secret]:
    """Those of one designator of VPD page 83h, or of a drive's identifier."""
    identifier, kind = designator.identifier, designator.designator_type
    if kind in _COUNTED:
        return
    if designator.code_set in _TEXT_CODE_SETS or kind in (_T10_VENDOR_ID, _SCSI_NAME):
        text = identifier.decode("latin-1")
        if kind == _T10_VENDOR_ID:
            text = text[_VENDOR_SIZE:]
        yield from (Secret(word) for word in re.findall(r"[!-~]+", text) if _names_one(word))
        if kind == _SCSI_NAME and (digits := re.search(r"\.([0-9A-Fa-f]{16,32})", text)):
            yield binary_secret(bytes.fromhex(digits[1][: len(digits[1]) // 2 * 2]))
    elif len(identifier) >= SHORTEST:
        yield binary_secret(identifier)


def _names_one(word: str) -> bool:
    """Whether a word can be a serial number, and not only the name of a product."""
    return len(word) >= SHORTEST and any(letter.isdigit() for letter in word)


def words_like_names(
    data: bytes, *, common: Iterable[str], known: frozenset[str] = frozenset()
) -> Iterator[Secret]:
    """Words of printable characters that name nothing known; none is too odd to be one.

    A label of ``known`` with a byte before or after it that happens to be printable is none: that
    byte is a number, which the report is to show.
    """
    usual = {each.encode("latin-1", "replace") for each in common}
    lengths = {len(each) for each in known}
    for word in _WORDS.findall(data):
        text = word.decode("latin-1")
        if word in usual or not any(byte in _ALPHANUMERIC for byte in word):
            continue
        spare = range(SHORTEST)
        if not any(text[at : at + length] in known for length in lengths for at in spare):
            yield Secret(text)


_ALPHANUMERIC = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


def secrets_of_id(library_id: str, *, common: Iterable[str]) -> Iterator[Secret]:
    """The parts of an id, ``VENDOR_PRODUCT_SERIAL``, that are of no known model."""
    known = {each.lower() for each in common}
    for part in library_id.split("_"):
        if len(part) >= SHORTEST and any(map(str.isdigit, part)) and part.lower() not in known:
            yield Secret(part)


def secrets_of_text(text: str) -> Iterator[Secret]:
    """What names a host, a user or a network in any text: addresses, homes, URLs."""
    for pattern in (_UUID, _IPV6, _SHORT_IPV6):
        yield from (Secret(each, "hex") for each in pattern.findall(text))
    yield from (Secret(each) for each in _IPV4.findall(text))
    for user, host in _AT_HOST.findall(text):
        yield from (*secrets_of_name(user), *secrets_of_name(host))
    for each in (*_HOME.findall(text), *_QUERY.findall(text)):
        yield from secrets_of_name(each)


def words_like_serials(text: str, *, common: Iterable[str]) -> Iterator[Secret]:
    """Words of a sentence that look like serial numbers, or labels, of whatever it is about."""
    known = {each.upper() for each in common}
    for word in _LIKE_A_SERIAL.findall(text):
        if word not in known and not any(word in each for each in known):
            yield Secret(word)


def secrets_of_name(name: str) -> Iterator[Secret]:
    """A host's or a user's name, and the parts of a host's that has a domain."""
    if not name or name.lower() in _COMMON:
        return
    yield Secret(name, "name")
    for part in name.split("."):
        if part != name and len(part) > 1 and part.lower() not in _COMMON:
            yield Secret(part, "name")


def secrets_of_labels(tags: Iterable[str]) -> Iterator[Secret]:
    """Bar code labels."""
    return (label_secret(each) for each in tags if each.strip())
