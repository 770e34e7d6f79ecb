"""``changer.check/1``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from changer.cleaning.verdict import Verdict
from changer.documents.cleaner import family_document
from changer.library.addressing import Numbering
from changer.library.columns import as_document
from changer.values import chosen

_FIGURES = (
    "open_moves",
    "picker_full",
    "drives",
    "drives_full",
    "drives_asking",
    "slots",
    "slots_full",
    "slots_absent",
    "mail_slots",
    "mail_full",
)


def check_document(
    verdict: Verdict, numbering: Numbering, *, library: Mapping[str, Any]
) -> dict[str, Any]:
    """The judgement of a library."""
    return {
        "library": library,
        "state": verdict.state,
        "attention": as_document(verdict.findings),
        "figures": chosen(verdict.figures, *_FIGURES),
        "families": [family_document(each, numbering) for each in verdict.families],
    }
