"""What recovery found and did in a library, in words and for a document."""

from __future__ import annotations

from typing import Any

from changer.cleaning.recovery_report import RecoveryReport
from changer.journal.open_moves import OpenTransfer
from changer.journal.recovery_words import plan_words
from changer.printable import printable


def words_of(came: RecoveryReport, library_id: str) -> str:
    """What was found and done in a library, a line for each cartridge."""
    return "\n".join(map(printable, came.told)) or f"nothing is open in {library_id}"


def findings_json(came: RecoveryReport) -> list[dict[str, Any]]:
    """The cartridges of open moves, for the document."""
    return [_finding_json(each, came.words(each)) for each in came.findings]


def _finding_json(finding: OpenTransfer, result: str) -> dict[str, Any]:
    return {
        "volume_tag": finding.transfer.volume_tag,
        "source_address": finding.transfer.source_address,
        "destination_address": finding.transfer.destination_address,
        "address": finding.address,
        "remedy": finding.action.name.lower().replace("_", "-"),
        "job": finding.job,
        "plan": plan_words(finding),
        "result": result,
        "outcome": finding.outcome,
        "to": str(finding.to) if finding.to else None,
    }
