"""``changer state list``: what is said of libraries of which little is on record."""

from __future__ import annotations

import re

from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

from .terminal import Terminal


def test_library_without_a_device_or_a_slot_is_listed_with_what_is_known(
    terminal: Terminal,
) -> None:
    terminal.make_store()
    with open_store(terminal.state, clock=SystemClock()) as store:
        for name, device in (("ACME_ONE", None), ("ACME_THREE", "/dev/sg977")):
            store.remember_library(
                name, vendor="ACME", product="BOX", revision="1", serial=None, device=device
            )
    assert [
        re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", each)
        for each in terminal.done("state", "list").out.splitlines()
    ] == ["ACME_ONE    -           last seen TIME", "ACME_THREE  /dev/sg977  last seen TIME"]
    nothing: dict[str, object] = {
        "alias": None,
        "reserved_address": None,
        "reserved_addresses": [],
        "cleaners": [],
    }
    assert terminal.done("state", "list", "--json").json["libraries"] == [
        {"id": "ACME_ONE", "device": None, **nothing},
        {"id": "ACME_THREE", "device": "/dev/sg977", **nothing},
    ]
