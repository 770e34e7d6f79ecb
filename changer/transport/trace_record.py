"""Line of a trace: a header, or an exchange of command and reply, as JSON.

Pure. A file may hold several headers: each process that writes to it adds one. Bytes are
lower-case hexadecimal digits without blanks. In the first schema, which is still read, a record
names its device only if that is a drive.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from changer.values import dataclass

SCHEMA = "changer.trace/2"
_READ = ("changer.trace/1", SCHEMA)

_LONGEST_MILLISECONDS = 1e12


@dataclass(frozen=True, slots=True)
class TraceHeader:
    """Writer of the lines that follow. ``device``: the library's; ``program``: with version.

    ``host``: versions of the host on which it was made fit to publish. ``shared``: at the end of
    such a trace, the SHA-256 digest of all before it.
    """

    device: str
    program: str
    host: tuple[str, ...] = ()
    shared: str | None = None

    def to_line(self) -> str:
        """One line of JSON, without its end; what is empty is left out."""
        fields = {
            "schema": SCHEMA,
            "device": self.device,
            "program": self.program,
            "host": list(self.host) or None,
            "shared": self.shared,
        }
        return json.dumps({name: value for name, value in fields.items() if value is not None})


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """One command and its reply or error.

    ``status``: the SCSI status, None without a reply. ``error``: the code of the ChangerError that
    came instead, or the name of another exception; ``message``: its words. ``at``: when it was
    sent, ISO 8601, UTC. ``device``: that of the library, or of one of its drives; None: that of a
    library, in the first schema. ``data_out``: what went to the device.
    """

    name: str
    cdb: bytes
    at: str
    milliseconds: float
    status: int | None = None
    data: bytes = b""
    sense: bytes = b""
    error: str | None = None
    message: str | None = None
    device: str | None = None
    data_out: bytes = b""

    def to_line(self) -> str:
        """One line of JSON, without its end; None is left out."""
        fields = {
            "at": self.at,
            "device": self.device,
            "name": self.name,
            "cdb": self.cdb.hex(),
            "data_out": self.data_out.hex() or None,
            "status": self.status,
            "data": self.data.hex(),
            "sense": self.sense.hex(),
            "milliseconds": round(self.milliseconds, 3),
            "error": self.error,
            "message": self.message,
        }
        return json.dumps({name: value for name, value in fields.items() if value is not None})


def parse_line(line: str) -> TraceHeader | TraceRecord:
    """Parse a line; unknown fields are skipped. Raises ValueError with the reason."""
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at column {error.colno}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    if "schema" in fields:
        return _header(fields)
    return _record(fields)


def _header(fields: Mapping[str, Any]) -> TraceHeader:
    schema = _text(fields, "schema")
    if schema not in _READ:
        raise ValueError(f"its schema is {schema!r}, not {SCHEMA!r}")
    host = fields.get("host", [])
    if not isinstance(host, list) or not all(isinstance(each, str) for each in host):
        raise ValueError("host is not a list of texts")
    return TraceHeader(
        device=_text(fields, "device"),
        program=_text(fields, "program"),
        host=tuple(host),
        shared=_text(fields, "shared") if "shared" in fields else None,
    )


def _record(fields: Mapping[str, Any]) -> TraceRecord:
    record = TraceRecord(
        name=_text(fields, "name"),
        cdb=_bytes(fields, "cdb"),
        at=_text(fields, "at"),
        milliseconds=_milliseconds(fields),
        status=_status(fields),
        data=_bytes(fields, "data"),
        sense=_bytes(fields, "sense"),
        error=_text(fields, "error") if "error" in fields else None,
        message=_text(fields, "message") if "message" in fields else None,
        device=_text(fields, "device") if "device" in fields else None,
        data_out=_bytes(fields, "data_out") if "data_out" in fields else b"",
    )
    if (record.status is None) == (record.error is None):
        raise ValueError("it needs either a status or an error")
    return record


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is not text")
    return value


def _bytes(fields: Mapping[str, Any], name: str) -> bytes:
    try:
        return bytes.fromhex(_text(fields, name))
    except ValueError:
        raise ValueError(f"{name} is not hexadecimal") from None


def _status(fields: Mapping[str, Any]) -> int | None:
    value = fields.get("status")
    if value is not None and (type(value) is not int or not 0 <= value <= 0xFF):
        raise ValueError("status is not a byte")
    return value


def _milliseconds(fields: Mapping[str, Any]) -> float:
    value = fields.get("milliseconds")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("milliseconds is not a number")
    if not 0 <= value <= _LONGEST_MILLISECONDS:  # also refuses NaN
        raise ValueError("milliseconds is not a time")
    return float(value)
