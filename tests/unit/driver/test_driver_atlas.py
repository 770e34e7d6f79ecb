"""Each row of the atlas about a code, as a library of that maker comes to feel it; none is idle.

A case is a library's INQUIRY, what it reports, and what a session or a look at the element makes of
it. Each is tried with all rows, and fails without the row that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from driver_support import DT, ST, ScriptedDevice, converse, element
from scsi_bytes import check

from changer.errors import ChangerError
from changer.library.element_state import find_condition
from changer.smc import cdb, vendor_codes
from changer.smc.asc import additional_sense_text
from changer.smc.atlas.code_row import VendorCode
from changer.smc.elements import AdditionalSense, Element, Model
from changer.smc.sense import Action

TABLE = Path(__file__).parents[2] / "data" / "atlas_cases.txt"


class Case(NamedTuple):
    """What a library reports, with a ``key`` in sense data; and what becomes of it."""

    model: Model
    key: int | None
    asc: int
    ascq: int
    expected: tuple[str, ...]

    def __str__(self) -> str:
        key = "element" if self.key is None else f"{self.key:X}"
        return f"{self.model.vendor} {self.model.product} {key}/{self.asc:02X}/{self.ascq:02X}"


def read_cases() -> Iterator[Case]:
    for line in TABLE.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        inquiry, code, *expected = (" ".join(each.split()) for each in line.split("|"))
        vendor, _, product = inquiry.partition(":")
        *key, asc, ascq = (int(each, 16) for each in code.split("/"))
        yield Case(Model(vendor, product), key[0] if key else None, asc, ascq, tuple(expected))


CASES = tuple(read_cases())


def observed(case: Case) -> tuple[str, ...]:
    """What becomes of what the library reports, and its words."""
    code = AdditionalSense(case.asc, case.ascq, case.model)
    words = additional_sense_text(code) or ""
    if case.key is None:
        return (_of_elements(case), words)
    return (*_of_session(case, case.key), words)


def _of_session(case: Case, key: int) -> tuple[str, str]:
    """What a session does with a reply that does not go away, and the code of the error."""
    reply = check(key, case.asc, case.ascq)
    move = cdb.move_medium(1000, 500)
    moved = converse(ScriptedDevice(last=reply), model=case.model).session.send_motion(move)
    assert moved.action is not None and moved.error is not None
    if moved.action.action is Action.UNKNOWN:
        return "looks", moved.error.code
    code = AdditionalSense(case.asc, case.ascq, case.model)
    talk = converse(ScriptedDevice(last=reply), model=case.model)
    began = talk.clock.monotonic()
    try:
        talk.session.send(cdb.test_unit_ready())
    except ChangerError as error:
        waited = talk.clock.monotonic() - began
        kinds = {each.name for each in talk.heard.attentions}
        done = {0: "refused", 30: "retries", 600: "waits"}[round(waited)]
        does = kinds.pop() if kinds else done
        asks = vendor_codes.asks_for_ejection(key, code)
        return "ejects" if asks and does == "refused" else does, error.code
    return "accepted", ""


def _of_elements(case: Case) -> str:
    places = [(kind, address, full) for kind, address in ((ST, 1000), (DT, 500)) for full in (0, 1)]
    code = AdditionalSense(case.asc, case.ascq, case.model)
    shown = (element(kind, address, full=bool(full)) for kind, address, full in places)
    return " ".join(
        _of_element(each._replace(exception=True, additional_sense=code)) for each in shown
    )


def _of_element(element: Element) -> str:
    found = find_condition(element, address=element.address)
    if found.is_bare:
        return "bare"
    if found.present is False:
        return "out"
    if found.full is not None:
        return "full" if found.full else "empty"
    if found.inventory_may_tell:
        return "look"
    return "here?" if found.present else "?"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_library_reports_is_felt_as_its_maker_means_it(case: Case) -> None:
    assert observed(case) == case.expected


def test_no_row_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = vendor_codes.VENDOR_CODES
    idle = [str(row) + f" {row.words}" for row in rows if not _is_felt(row, rows, monkeypatch)]
    assert idle == []


def _is_felt(
    row: VendorCode, rows: tuple[VendorCode, ...], monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Whether a case that holds with this row fails without it."""
    left = tuple(each for each in rows if each is not row)
    about = [each for each in CASES if each.asc == row.asc and row.ascq in (None, each.ascq)]
    with monkeypatch.context() as patched:
        patched.setattr(vendor_codes, "VENDOR_CODES", left)
        vendor_codes._rows_of_model.cache_clear()
        felt = any(observed(each) != each.expected for each in about)
    vendor_codes._rows_of_model.cache_clear()
    return felt


def test_a_makers_rows_say_nothing_of_another_makers_library() -> None:
    stranger = Model("ACME", "TAPEBOX")
    for row in vendor_codes.VENDOR_CODES:
        if row.makers:
            code = AdditionalSense(row.asc, row.ascq or 0, stranger)
            assert not row.fits(stranger)
            assert vendor_codes.vendor_action(code, row.key or 0) is None
            assert not vendor_codes.asks_for_ejection(row.key or 0, code)
