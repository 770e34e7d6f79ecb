"""Lines of a trace as others may see them: names replaced, and what is not known blanked (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from changer.doctor.disguise import SHORTEST, WORD, Disguise
from changer.doctor.traces.commands import is_known, reply_parts, sent_parts, words_of
from changer.doctor.traces.pages import sense_parts
from changer.doctor.traces.parts import PADDING, RUN, Part, Role
from changer.doctor.traces.secrets import is_familiar, names_something
from changer.errors import error_classes
from changer.transport.trace_record import TraceHeader, TraceRecord
from changer.values import NamedTuple, dataclass, field, replace

# Four printable characters and more, of which one is a letter or a digit.
_TEXT = re.compile(rb"(?=[ -~]{4})[ -/:-@\[-`{-~]*[0-9A-Za-z][ -~]*")
_LONGEST_CDB = 16
_AT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}\.[0-9]{3}Z")
_SOME_TIME = "1970-01-01T00:00:00.000Z"
_PROGRAM = re.compile(r"changer( [0-9]+(\.[0-9]+){0,3}((a|b|rc|\.dev|\.post)[0-9]+)?)?")
_NAME = re.compile(r"[A-Z/]+( [A-Z/]+){0,5}(\([0-9]{1,2}\))?|CDB [0-9A-F]{2}h")
_WORDS_OF_NAMES = (
    *("ALLOW", "BLOCK", "CAPABILITIES", "CDB", "CLOSE", "COMMAND", "DENSITY", "ELEMENT"),
    *("ERASE", "EXCHANGE", "EXPORT", "FILEMARKS", "GROUPS", "IMPORT", "IN", "INITIALIZE"),
    *("INQUIRY", "KEYS", "LIMITS", "LOAD", "LOCATE", "LOG", "LUNS", "MAINTENANCE", "MEDIUM"),
    *("MODE", "MOVE", "OPEN", "OUT", "PERSISTENT", "POSITION", "PREVENT", "RANGE", "READ"),
    *("READY", "RELEASE", "REMOVAL", "REPORT", "REQUEST", "RESERVATION", "RESERVE", "REWIND"),
    *("SELECT", "SENSE", "SPACE", "STATUS", "SUPPORT", "TEST", "TO", "UNIT", "UNLOAD", "WITH"),
    *("WRITE"),
)
_EXCEPTIONS = frozenset(("KeyboardInterrupt", "SystemExit", "Interrupted", "OSError", "ValueError"))


class LeftOut(NamedTuple):
    """Something that is not in the shared trace: what, how often, and how many bytes of it."""

    what: str
    times: int
    size: int


@dataclass(slots=True, eq=False)
class Sharing:
    """Makes lines fit to publish. ``models``: words that name a model, and stay.

    ``host``: lines of text about the host on which it is shared, for the first header.
    """

    hidden: Disguise
    models: frozenset[str]
    host: tuple[str, ...] = ()
    _left_out: dict[str, LeftOut] = field(default_factory=dict)

    def header(self, header: TraceHeader, *, is_first: bool) -> TraceHeader:
        """A header, with the names of devices replaced."""
        program = header.program if _PROGRAM.fullmatch(header.program) else "changer"
        host = tuple(map(self.hidden.text, self.host)) if is_first else ()
        return TraceHeader(self.hidden.text(header.device), program, host)

    def record(self, record: TraceRecord) -> TraceRecord | None:
        """An exchange; None if the command itself may name something."""
        may_name = names_something(record.cdb[1:]) or len(record.cdb) > _LONGEST_CDB
        if not is_known(record.cdb) and (may_name or _TEXT.search(record.cdb)):
            self.leave_out("commands that are not known", len(record.cdb))
            return None
        if record.message is not None:
            self.leave_out("messages of errors", len(record.message))
        what = words_of(record.cdb)
        return replace(
            record,
            name=_name(record),
            at=record.at if _AT.fullmatch(record.at) else _SOME_TIME,
            data=self._bytes(what, record.data, reply_parts(record.cdb, record.data)),
            data_out=self._bytes(
                f"{what}, sent", record.data_out, sent_parts(record.cdb, record.data_out)
            ),
            sense=self._bytes("sense data of a vendor", record.sense, sense_parts(record.sense)),
            error=_error(record.error),
            message=None,
            device=None if record.device is None else self.hidden.text(record.device),
        )

    def leave_out(self, what: str, size: int) -> None:
        """Count something that is left out."""
        before = self._left_out.get(what, LeftOut(what, 0, 0))
        self._left_out[what] = LeftOut(what, before.times + 1, before.size + size)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """All that was, so far."""
        return tuple(self._left_out.values())

    def _bytes(self, what: str, data: bytes, parts: Iterable[Part]) -> bytes:
        shown, known, numbers = bytearray(len(data)), bytearray(len(data)), bytearray(len(data))
        for part in parts:
            before = data[part.start : part.stop]
            covered = slice(part.start, part.start + len(before))
            shown[covered] = self._part(part.role, before)
            known[covered] = b"\1" * len(before)
            if part.role is Role.CHECKED:
                numbers[covered] = before
        for found in _TEXT.finditer(numbers):
            shown[slice(*found.span())] = bytes(len(found[0]))
            known[slice(*found.span())] = bytes(len(found[0]))
        lost = sum(1 for byte, is_known in zip(data, known, strict=True) if byte and not is_known)
        if lost:
            self.leave_out(what, lost)
        return self._checked(what, bytes(shown))

    def _checked(self, what: str, data: bytes) -> bytes:
        """The same, with a name replaced that stands where none should; or else nothing of it."""
        if not self.hidden.survivors("", (data,)):
            return data
        data = self.hidden.data(data)
        if not self.hidden.survivors("", (data,)):
            return data
        self.leave_out(what, len(data))
        return bytes(len(data))

    def _part(self, role: Role, data: bytes) -> bytes:
        if role in (Role.NUMBERS, Role.CHECKED, Role.MODEL):
            return data
        if role in (Role.BINARY, Role.KEY):
            return self.hidden.data(data) if names_something(data) else _TEXT.sub(_blank, data)
        if role is Role.PRODUCT and is_familiar(data.decode("latin-1")):
            return data
        if role is Role.LABEL:
            return self._label(data)
        return self._text(data, WORD if role is Role.WORDS else RUN)

    def _label(self, data: bytes) -> bytes:
        """A label that is too short to be replaced within others is replaced where it is whole."""
        label = data.decode("latin-1").strip(PADDING)
        if len(label) >= SHORTEST:
            return _plain(self.hidden.data(data))
        return data.replace(label.encode("latin-1"), self.hidden.text(label).encode("latin-1"))

    def _text(self, data: bytes, unit: re.Pattern[str]) -> bytes:
        """Text that names something: what was not replaced, and is of no model, is made alike."""
        before, after = data.decode("latin-1"), self.hidden.data(data).decode("latin-1")
        letters = list(after)
        for match in unit.finditer(before):
            start, stop = match.span()
            if after[start:stop] == match[0] and match[0].lower() not in self.models:
                letters[start:stop] = map(_form, match[0])
        return _plain("".join(letters).encode("latin-1"))


def _blank(found: re.Match[bytes]) -> bytes:
    return bytes(len(found[0]))


def _form(letter: str) -> str:
    if not letter.isalnum():
        return letter
    return "0" if letter.isdigit() else "X" if letter.isupper() else "x"


def _plain(data: bytes) -> bytes:
    """Without bytes of text in another script."""
    return bytes(byte if byte < 0x80 else ord("?") for byte in data)


def _name(record: TraceRecord) -> str:
    """The command's name, if it is one that programs give it."""
    named = _NAME.fullmatch(record.name)
    words = re.findall(r"[A-Z]+", record.name.partition("(")[0]) if named else []
    if words and {*_WORDS_OF_NAMES}.issuperset(words):
        return record.name
    if record.name.startswith("CDB ") and named:
        return record.name
    return f"CDB {record.cdb[0]:02X}h" if record.cdb else "CDB"


def _error(code: str | None) -> str | None:
    known = {each.code for each in error_classes()} | _EXCEPTIONS
    return code if code is None or code in known else "Exception"
