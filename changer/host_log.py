"""The host's log, the journal: for those who do not watch the program that writes to it."""

from __future__ import annotations

__all__ = ["announce"]


def announce(text: str) -> None:
    """One warning."""
    import syslog

    syslog.syslog(syslog.LOG_WARNING, f"changer: {text}")
