"""``changer.status/1``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from changer.library.columns import as_document
from changer.library.findings import Finding
from changer.library.status import LibraryStatus


def status_document(
    status: LibraryStatus, attention: tuple[Finding, ...], *, library: Mapping[str, Any]
) -> dict[str, Any]:
    """What is where, and what wants attention."""
    return {"library": library, **as_document(status), "attention": as_document(attention)}
