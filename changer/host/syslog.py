"""The host's log, the journal: for those who do not watch the program that writes to it."""

from __future__ import annotations

from changer.printable import printable

__all__ = ["announce"]


def announce(text: str) -> None:
    """One warning, on one line: a second one would look like somebody else's."""
    import syslog

    syslog.syslog(syslog.LOG_WARNING, f"changer: {printable(text)}")
