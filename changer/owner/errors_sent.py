"""Errors as messages have them: by their codes, with everything that is said of them."""

from __future__ import annotations

from changer.errors import ChangerError, MalformedData, error_classes
from changer.owner.frames import Frame, bytes_of, optional_text, text_of


def error_frame(error: ChangerError) -> Frame:
    """An error to send."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "sense": (error.sense or b"").hex(),
    }


def error_of(frame: object) -> ChangerError:
    """The error that was sent. Raises MalformedData."""
    if not isinstance(frame, dict):
        raise MalformedData("a message has no error")
    code = text_of(frame, "code")
    kind = next((each for each in error_classes() if each.code == code), None)
    if kind is None:
        raise MalformedData(f"unknown error {code!r}")
    return kind(
        text_of(frame, "message"), hint=optional_text(frame, "hint"), sense=bytes_of(frame, "sense")
    )
