"""Kinds of events: how grave each is, whether it is told again while it lasts, and what ends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from changer.values import NamedTuple

EventKind = Literal[
    "cleaner-low",
    "cleaner-spent",
    "cleaner-rejected",
    "cleaning-requested",
    "cleaning-failed",
    "drive-service",
    "move-open",
    "library-offline",
    "library-back",
    "mail-slot-filled",
    "magazine-out",
    "magazine-in",
    "store-damaged",
]
Severity = Literal["info", "warning", "error", "critical"]


class Rule(NamedTuple):
    """How events of a kind are told.

    severity    for people, and the priority in the journal.
    told_daily  once a day while it lasts; else once.
    end         the kind of event that tells of its end; None: its end is not told.
    """

    severity: Severity
    told_daily: bool = False
    end: EventKind | None = None


RULES: Mapping[EventKind, Rule] = {
    "cleaner-low": Rule("warning"),
    "cleaner-spent": Rule("error", told_daily=True),
    "cleaner-rejected": Rule("error"),
    "cleaning-requested": Rule("warning"),
    "cleaning-failed": Rule("error", told_daily=True),
    "drive-service": Rule("warning", told_daily=True),
    "move-open": Rule("critical"),
    "library-offline": Rule("error", end="library-back"),
    "library-back": Rule("info"),
    "mail-slot-filled": Rule("info"),
    "magazine-out": Rule("warning", end="magazine-in"),
    "magazine-in": Rule("info"),
    "store-damaged": Rule("critical", told_daily=True),
}
# Ends of others: over at once.
ENDS: frozenset[EventKind] = frozenset({"library-back", "magazine-in"})
PRIORITIES: Mapping[Severity, int] = {"critical": 2, "error": 3, "warning": 4, "info": 6}  # syslog


def kind_named(text: str) -> EventKind | None:
    """The kind of that name; None for a word that is not one, which a newer version wrote."""
    return next((each for each in get_args(EventKind) if each == text), None)


def severity_of(kind: str) -> Severity:
    """The severity of a kind; of one that a newer version wrote: warning."""
    known = kind_named(kind)
    return "warning" if known is None else RULES[known].severity
