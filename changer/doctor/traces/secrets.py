"""Secrets of a trace, gathered line by line: serial numbers, labels, names, and keys (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from changer.doctor.disguise import SHORTEST, WORD, Secret, binary_secret, label_secret
from changer.doctor.secrets import secrets_of_name
from changer.doctor.traces.commands import reply_parts, sent_parts
from changer.doctor.traces.pages import sense_parts
from changer.doctor.traces.parts import PADDING, RUN, Role
from changer.errors import OutputFailed
from changer.library.reservation import parse_key
from changer.transport.opening import REPLAYED, SIMULATED
from changer.transport.trace_record import TraceHeader, TraceRecord

MOST_SECRETS = 200_000
_INQUIRY = 0x12
_FEWEST_BYTES = 4  # that differ, in what names something
# How names of makers and of drives begin.
_FAMILIAR = re.compile(
    r"ADIC|ATL|BDT|BNCHMARK|CERTANCE|CHANGER|COMPAQ|DEC|DELL|DLT|EXABYTE|FUJITSU|HITACHI|HPE?\b|IBM"
    r"|LENOVO|LTO|NEC|ORACLE|OVERLAND|QUALSTAR|QUANTUM|SDLT|SDX|SEAGATE|SONY|SPECTRA|STK|SUN|T10000"
    r"|TANDBERG|TDS|ULT|VXA|0?3592|T98|T99",
    re.IGNORECASE,
)
_MANY_DIGITS = re.compile(r"(?:\D*\d){8}")
_SOME_DIGITS = re.compile(r"(?:\D*\d){5}")
_SCSI_NAME = re.compile(r"(?:naa|eui)\.[0-9A-Fa-f]{16,32}")
_PLAIN_NODE = re.compile(r"/dev/(?:sg|st|nst|sch)[0-9]{1,4}[alm]?")
_DEMO = "demo"  # the virtual library that every host has
_DRIVE = re.compile(r"/drive:[0-9]+$")
# Of a path or an address.
_USUAL = frozenset(
    (
        *("dev", "tape", "home", "root", "tmp", "var", "lib", "run", "srv", "changer", "by-id"),
        *("by-path", "by-library", "http", "https", "www", "html", "index"),
    )
)


class TraceSecrets:
    """What is to be replaced in a trace. ``names``: of hosts and users, besides."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._found: dict[str, Secret] = {}
        self._models: set[str] = set()
        for name in names:
            self._keep(secrets_of_name(name))

    def add(self, line: TraceHeader | TraceRecord) -> None:
        """Look at a line. Raises OutputFailed for a trace of too many names."""
        if line.device is not None:
            self._keep(secrets_of_device(line.device))
        if isinstance(line, TraceRecord):
            for data, parts in (
                (line.data, reply_parts(line.cdb, line.data)),
                (line.data_out, sent_parts(line.cdb, line.data_out)),
                (line.sense, sense_parts(line.sense)),
            ):
                for part in parts:
                    field = data[part.start : part.stop]
                    if _names_a_model(part.role, field, line.cdb):
                        self._models |= {word.lower() for word in RUN.findall(_text(field))}
                    else:
                        self._look(part.role, field)
        if len(self._found) > MOST_SECRETS:
            raise OutputFailed(
                f"the trace has more than {MOST_SECRETS} names to replace",
                hint="share a part of it: the lines of one library, beginning with its header",
            )

    @property
    def models(self) -> frozenset[str]:
        """Words that name a model, in lower case: they stay."""
        return frozenset(self._models)

    def found(self) -> tuple[Secret, ...]:
        """All of them, but for words that name a model; a label is one, whatever else it is."""
        return tuple(
            each
            for each in self._found.values()
            if each.kind == "label" or each.value.lower() not in self._models
        )

    def _keep(self, secrets: Iterable[Secret]) -> None:
        for each in secrets:
            self._found.setdefault(each.value, each)

    def _look(self, role: Role, field: bytes) -> None:
        text = _text(field)
        if role in (Role.WORDS, Role.PRODUCT):
            self._keep(_words(text))
        elif role is Role.NAME:
            self._keep(_names(text))
        elif role is Role.LABEL:
            label = text.strip(PADDING)
            is_label = label.isprintable() and WORD.search(label)
            self._keep((label_secret(label),) if is_label else _words(label))
        elif role in (Role.BINARY, Role.KEY) and names_something(field):
            self._keep((_key_secret(field) if role is Role.KEY else binary_secret(field),))


def _text(field: bytes) -> str:
    return field.decode("latin-1")


def _names_a_model(role: Role, field: bytes, cdb: bytes) -> bool:
    if role is Role.PRODUCT:
        return is_familiar(_text(field))
    return role is Role.MODEL and cdb[0] == _INQUIRY


def is_familiar(text: str) -> bool:
    """Whether a field names a maker or a model, and has no word that may be a serial number."""
    first, *more = text.strip(PADDING).split() or [""]
    if not _FAMILIAR.match(first) or _MANY_DIGITS.match(first):
        return False
    return not any(map(_SOME_DIGITS.match, more))


def names_something(identifier: bytes) -> bool:
    """Whether it has more in it than a small number."""
    return len({*identifier}) >= _FEWEST_BYTES


def _words(text: str) -> Iterator[Secret]:
    for word in WORD.findall(text):
        if len(word) >= SHORTEST and word.lower() not in _USUAL:
            yield Secret(word)


def _names(text: str) -> Iterator[Secret]:
    """Of a field that names one device: its words, and the bytes that a SCSI name spells."""
    for run in RUN.findall(text):
        if _SCSI_NAME.fullmatch(run):
            digits = binary_secret(bytes.fromhex(run[4 : 4 + (len(run) - 4) // 2 * 2]))
            yield Secret(run, "hex", (4 + digits.kept[0], 0))
            yield digits
        elif len(run) >= SHORTEST:
            yield Secret(run)


def _key_secret(key: bytes) -> Secret:
    """Of a key of changer, its mark and its epoch stay."""
    return Secret(key.hex(), "hex", (4, 8) if parse_key(key) else (0, 0))


def secrets_of_device(device: str) -> Iterator[Secret]:
    """Those of a device's name; what the kernel calls it, as ``/dev/sg3``, names nothing."""
    if _PLAIN_NODE.fullmatch(device):
        return
    name = _DRIVE.sub("", device)
    if name.startswith(SIMULATED):
        virtual = name.removeprefix(SIMULATED)
        yield from secrets_of_name(virtual) if virtual != _DEMO else ()
        return
    for step in re.split(r"[/\s]", name.removeprefix(REPLAYED)):
        if step.lower() not in _USUAL and WORD.search(step):
            yield Secret(step, "name")
