"""Profiles made from manuals, held against what mhVTL, which imitates the same models, answered.

mhVTL is no proof of a model; where the two agree, the manual has been read as others read it, and
where they differ the manual, or a real device, is followed. Each difference is listed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from mhvtl.configuration import FIRST
from mhvtl.recording import Recording, recording_of

from changer.simulator.catalogue import reading
from changer.simulator.creation import create
from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile
from changer.simulator.profiles.table import PROFILES
from changer.simulator.target import answer

READ_ELEMENT_STATUS, VOLTAG, DVCID = 0xB8, 0x10, 0x01
PLACES = {Kind.TRANSPORT: "picker", Kind.STORAGE: "slot", Kind.MAIL: "mail", Kind.DRIVE: "drive"}
PAIRS: dict[str, tuple[str, set[str]]] = {
    "tl2000": ("ts3100", set()),
    # mhVTL has serial numbers alone for identifiers; the manual's page about drives is not known.
    "spectra": ("t50", {"drive with identifiers"}),
    # IBM counts drives, slots and mail slots from 101h, 401h and 301h.
    "large": ("ts4500", {"first slot", "first mail"}),
    # mhVTL's addresses are another firmware's than QUADstor's; it sends identifiers unasked.
    "msl": (
        "msl-g3",
        {
            *("first picker", "first slot", "first mail", "first drive"),
            *("drive with labels", "drive with identifiers"),
        },
    ),
}

Aspects = dict[str, int]


def aspects_of_reply(cdb: bytes, data: bytes) -> Iterator[tuple[str, int]]:
    """The length of the descriptors of each page, by what was asked for."""
    asked = "identifiers" if cdb[6] & DVCID else "labels"
    if asked == "labels" and not cdb[1] & VOLTAG:
        return
    at = 8
    while at + 8 <= len(data):
        kind, length = Kind(data[at]), int.from_bytes(data[at + 2 : at + 4])
        yield f"{PLACES[kind]} with {asked}", length
        at += 8 + int.from_bytes(data[at + 4 : at + 8])


def recorded_aspects(name: str, recording: Recording) -> Aspects:
    found = {f"first {place}": FIRST[name][place] for place in PLACES.values()}
    lines = (
        json.loads(line)
        for steps in recording.scenarios.values()
        for step in steps
        for line in step.exchanges
    )
    for each in lines:
        cdb, data = bytes.fromhex(each["cdb"]), bytes.fromhex(each["data"])
        if cdb[0] == READ_ELEMENT_STATUS and data:
            found.update(aspects_of_reply(cdb, data))
    return found


def simulated_aspects(folder: Path, name: str, profile: Profile) -> Aspects:
    found = {
        f"first {place}": profile.geometry.ranges[kind].start for kind, place in PLACES.items()
    }
    create("model", folder=folder, profile=name)
    with reading("model", folder=folder) as (_, state):
        for kind in Kind:
            asked = [f"b81{kind}0000ffff0000ffff0000"]
            asked += ["b8040000ffff0100ffff0000"] if kind is Kind.DRIVE else []
            for text in asked:
                cdb = bytes.fromhex(text)
                data = answer(state.copy(), cdb, unit=None, now=0.0).reply.data
                found.update(aspects_of_reply(cdb, data))
    return found


@pytest.mark.parametrize("recorded", PAIRS)
def test_a_model_differs_from_mhvtls_where_it_is_said_to(folder: Path, recorded: str) -> None:
    name, differing = PAIRS[recorded]
    profile, recording = PROFILES[name], recording_of(recorded)
    identity = recording.identity
    assert (identity["vendor"], identity["product"]) == (profile.vendor, profile.product)
    theirs = recorded_aspects(recorded, recording)
    ours = simulated_aspects(folder, name, profile)
    assert {each for each in theirs if ours[each] != theirs[each]} == differing
    assert len(theirs) == 9
