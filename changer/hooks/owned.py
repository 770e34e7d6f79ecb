"""A hook's call about a library of another host: its owner answers it, in the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from changer.cli.owned import converse
from changer.host.clock import SystemClock
from changer.library.opening import host_request
from changer.owner.answers import Answers

if TYPE_CHECKING:
    from changer.library.owner_address import OwnerAddress


def run_at_owner(
    owner: OwnerAddress, devices: Mapping[str, str | None], arguments: Sequence[str], *, name: str
) -> int:
    """Have the owner run the hook ``name``, and return its exit status.

    ``devices``: what it calls the library of each device; None: its own default.

    Raises OwnerUnreachable, OwnerLost, ToolMissing.
    """
    clock = SystemClock()
    began = clock.monotonic()
    request = host_request(name)
    return converse(
        owner,
        Answers(request, lambda _: ""),
        lambda: {
            "program": name,
            "arguments": [*arguments],
            "devices": {device: each or "" for device, each in devices.items()},
            "device": next(iter(devices)),
            "spent": clock.monotonic() - began,
        },
        acts=True,
    )
