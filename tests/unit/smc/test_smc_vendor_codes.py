"""A code means what the maker of the library says; of another maker nothing is known."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from changer.errors import (
    ChangerError,
    DestinationFull,
    DeviceFailed,
    ElementNotPresent,
    LibraryOffline,
    NotReady,
    RemovalPrevented,
)
from changer.smc import vendor_codes
from changer.smc.asc import additional_sense_text
from changer.smc.elements import UNKNOWN_MODEL, AdditionalSense, ElementException, Model
from changer.smc.makers import Maker
from changer.smc.sense import Action, SenseAction, SenseData
from changer.smc.sense_action import judge_sense
from changer.smc.vendor_codes import (
    VENDOR_CODES,
    asks_for_ejection,
    element_meaning,
    vendor_action,
    vendor_words,
)
from changer.values import replace

MODELS = {
    "exabyte": Model("EXABYTE", "Magnum"),
    "slr": Model("TANDBERG", "SLR Autoloader"),
    "tl2000": Model("IBM", "3573-TL"),
    "ts3310": Model("IBM", "3576-MTL"),
    "ts3400": Model("IBM", "3577-L5U"),
    "ts3500": Model("IBM", "03584L32"),
    "magstar": Model("IBM", "03570C11"),
    "scalar": Model("ADIC", "Scalar i2000"),
    "i500": Model("QUANTUM", "Scalar i500"),
    "px500": Model("QUANTUM", "PX500"),
    "p3000": Model("ATL", "P3000"),
    "m1500": Model("ATL", "1500"),
    "esl": Model("HP", "ESL9000 Series"),
    "msl": Model("HP", "MSL G3 Series"),
    "neo": Model("OVERLAND", "NEO Series"),
    "sl150": Model("STK", "SL150"),
    "sl500": Model("STK", "SL500"),
    "sl4000": Model("STK", "SL4000"),
    "spectra": Model("SPECTRA", "10000"),
    "t950": Model("SPECTRA", "PYTHON"),
    "qualstar": Model("QUALSTAR", "RLS-8244"),
    "lt270": Model("FUJITSU", "NML7A"),
    "virtual": Model("CHANGER", "VIRTUAL"),
    "nobody": UNKNOWN_MODEL,
    "acme": Model("ACME", "TAPEBOX"),
}


def code(text: str, model: str = "nobody") -> AdditionalSense:
    asc, ascq = (int(half, 16) for half in text.split("/"))
    return AdditionalSense(asc, ascq, MODELS[model])


def judged(text: str, model: str) -> SenseAction:
    """The action on ``KEY/ASC/ASCQ`` of this model."""
    key, _, rest = text.partition("/")
    sense = SenseData(int(key, 16), code(rest, model), deferred=False, descriptor_format=False)
    return judge_sense(sense)


# The table


def test_every_row_has_evidence_and_words_unless_they_are_those_of_t10() -> None:
    for row in VENDOR_CODES:
        assert row.evidence
        of_vendors = row.asc >= 0x80 or (row.ascq or 0) >= 0x80
        assert bool(row.makers) or not of_vendors, "a vendor's code has its makers"
        assert bool(row.words) or not of_vendors


def test_no_two_rows_say_different_things_of_one_code_of_a_maker() -> None:
    for row, other in product(VENDOR_CODES, repeat=2):
        if row is other or row.asc != other.asc or row.ascq != other.ascq:
            continue
        shared = set(row.makers) & set(other.makers)
        meanings = {row.element, other.element}
        is_one_fact = row.key == other.key and (None not in meanings or meanings == {None})
        assert not shared or not is_one_fact, (str(row), row.words, other.words, shared)
        words = {row.words, other.words} - {""}
        assert not shared or len(words) < 2, "one code, one text, whatever it comes with"


def test_a_row_of_t10_is_the_only_one_of_its_code() -> None:
    rows = Counter((row.asc, row.ascq) for row in VENDOR_CODES if not row.makers)
    assert set(rows.values()) == {1}


# Elements


@pytest.mark.parametrize(
    ("text", "models", "meaning"),
    [
        ("00/00", "exabyte nobody acme ts3500", ElementException.INFORMATIONAL),
        ("00/17", "tl2000 nobody", ElementException.CLEANING_REQUESTED),
        ("5D/00", "nobody", ElementException.INFORMATIONAL),
        ("5D/FF", "exabyte nobody", ElementException.INFORMATIONAL),
        ("30/03", "msl p3000 nobody", ElementException.CLEANER),
        ("5A/01", "p3000 nobody", ElementException.CLEANER),
        ("3B/11", "acme", ElementException.ABSENT),
        ("3B/12", "acme tl2000", ElementException.ABSENT),
        ("3B/18", "acme", ElementException.ABSENT),
        ("3B/1A", "acme sl4000 scalar", ElementException.NO_DRIVE),
        ("53/08", "acme", ElementException.CONTENTS_UNKNOWN),
        ("80/01", "esl p3000 virtual", ElementException.CLEANING_REQUESTED),
        ("80/01", "m1500 neo px500 nobody acme exabyte", None),
        ("82/00", "ts3500", ElementException.NO_DRIVE),
        ("82/00", "tl2000 nobody", None),
        ("3B/82", "ts3500", ElementException.NO_DRIVE),
        ("83/04", "exabyte slr ts3310 scalar virtual", ElementException.NO_DRIVE),
        ("83/04", "nobody tl2000", None),
        ("83/05", "ts3310 i500", ElementException.ABSENT),
        ("83/00", "exabyte", ElementException.LABEL_QUESTIONABLE),
        ("83/00", "tl2000", ElementException.CONTENTS_UNKNOWN),
        ("83/00", "ts3310", ElementException.LABEL_UNREADABLE),
        ("83/01", "exabyte slr tl2000 virtual", ElementException.LABEL_UNREADABLE),
        ("83/01", "nobody ts3500", None),
        ("83/02", "slr virtual", ElementException.ABSENT_IF_EMPTY),
        ("83/02", "ts3310 scalar i500", ElementException.LABEL_QUESTIONABLE),
        ("83/02", "nobody acme exabyte spectra", None),
        ("83/03", "exabyte slr ts3310 scalar virtual", ElementException.CONTENTS_UNKNOWN),
        ("83/03", "nobody ts3500", None),
        ("30/83", "tl2000 virtual", ElementException.CLEANER),
        ("30/83", "nobody", None),
        ("FE/ED", "nobody exabyte", None),
    ],
)
def test_what_an_element_means_by_a_code(
    text: str, models: str, meaning: ElementException | None
) -> None:
    found = {model: element_meaning(code(text, model)) for model in models.split()}
    assert found == dict.fromkeys(models.split(), meaning)


# Sense data

OFFLINE = (Action.FAIL, LibraryOffline)
WAIT = (Action.WAIT, NotReady)
FAIL, NOT_READY = (Action.FAIL, DeviceFailed), (Action.FAIL, NotReady)
ABSENT, LOOK = (Action.FAIL, ElementNotPresent), (Action.UNKNOWN, DeviceFailed)
EJECT = (Action.FAIL, RemovalPrevented)


@pytest.mark.parametrize(
    ("text", "models", "expected"),
    [
        # door, panel, mode
        ("2/04/83", "exabyte tl2000 msl scalar spectra t950 qualstar virtual", OFFLINE),
        ("2/04/83", "ts3500 lt270", OFFLINE),
        ("2/04/83", "nobody acme p3000", NOT_READY),
        ("2/04/84", "ts3500 spectra", OFFLINE),
        ("2/04/84", "nobody tl2000", NOT_READY),
        ("2/04/85", "ts3500 qualstar", OFFLINE),
        ("2/04/85", "tl2000 magstar virtual", WAIT),
        ("2/04/85", "nobody exabyte", NOT_READY),
        ("2/04/81", "sl500 sl4000", OFFLINE),
        ("2/04/82", "qualstar", OFFLINE),
        ("2/04/87", "tl2000", ABSENT),
        ("2/04/88", "tl2000", (Action.RETRY, NotReady)),
        ("2/04/89", "tl2000", (Action.FAIL, DestinationFull)),
        ("2/04/89", "exabyte", OFFLINE),
        ("2/04/8D", "exabyte magstar virtual", OFFLINE),
        ("2/04/8E", "exabyte tl2000 virtual", OFFLINE),
        ("2/04/8E", "nobody", NOT_READY),
        ("2/80/00", "p3000 m1500 neo px500 esl", OFFLINE),
        ("2/80/00", "nobody", NOT_READY),
        ("2/80/01", "m1500 neo px500", WAIT),
        ("2/80/01", "p3000 esl nobody", NOT_READY),
        ("2/80/02", "px500", OFFLINE),
        # what waits whoever says it
        ("2/3E/00", "m1500 neo px500 nobody", WAIT),
        ("5/30/03", "p3000 m1500 neo px500 nobody", WAIT),
        ("3/30/03", "msl", WAIT),
        ("3/30/03", "nobody", LOOK),
        # refusals of a move
        ("5/80/05", "exabyte", ABSENT),
        ("5/80/06", "exabyte", ABSENT),
        ("5/80/03", "slr", ABSENT),
        ("5/80/04", "slr", ABSENT),
        ("5/83/04", "exabyte slr ts3310", ABSENT),
        ("5/83/05", "ts3310", ABSENT),
        ("5/3B/82", "ts3500", ABSENT),
        ("5/3B/81", "ts3500 tl2000", ABSENT),
        ("5/80/05 5/80/06 5/80/03 5/83/04 5/3B/82 5/3B/81", "nobody acme", FAIL),
        ("5/3B/83", "ts3400", EJECT),
        ("5/3B/90", "exabyte slr", EJECT),
        ("5/53/01", "ts3310 scalar", EJECT),
        ("5/44/81", "tl2000", EJECT),
        ("5/3B/83 5/3B/90 5/53/01 5/44/81", "nobody acme", FAIL),
        ("5/53/81", "ts3310 scalar i500", OFFLINE),
        ("5/53/81", "nobody", FAIL),
        ("5/3B/80 5/3B/A0 5/3B/87 5/44/83", "ts3500 msl exabyte tl2000 nobody", FAIL),
        ("3/53/00", "exabyte", LOOK),
        ("5/15/01 5/83/10", "neo m1500", LOOK),
        ("5/15/01", "nobody", FAIL),
        # key 9
        ("9/3B/1A", "sl4000", ABSENT),
        ("9/84/08", "spectra", WAIT),
        ("9/83/02 9/83/01 9/13/00", "spectra", FAIL),
        ("9/3B/1A 9/84/08 9/83/02", "nobody acme sl500", LOOK),
        # another port
        ("2/04/12", "sl150", (Action.RETRY, LibraryOffline)),
        ("2/04/12", "sl500 nobody", OFFLINE),
        # a partition of others
        ("2/74/71", "sl4000 nobody", (Action.FAIL, None)),
    ],
)
def test_what_a_sense_code_asks_for(
    text: str, models: str, expected: tuple[Action, type[ChangerError] | None]
) -> None:
    for each, model in product(text.split(), models.split()):
        verdict = judged(each, model)
        assert (verdict.action, expected[1] and verdict.error) == expected, (each, model)


def test_a_refusal_until_the_drive_has_ejected_is_told_from_others() -> None:
    asking = {"3B/83": "ts3400", "3B/90": "exabyte", "53/01": "ts3310", "44/81": "tl2000"}
    for text, model in asking.items():
        assert asks_for_ejection(5, code(text, model))
        assert not asks_for_ejection(4, code(text, model))
        assert not asks_for_ejection(5, code(text, "acme"))
    assert not asks_for_ejection(5, code("53/02", "ts3310"))


# Words


@pytest.mark.parametrize(
    ("text", "model", "words"),
    [
        ("83/02", "slr", "magazine not installed"),
        ("83/02", "ts3310", "bar code label questionable"),
        ("04/83", "exabyte", "door open"),
        ("04/83", "ts3500", "the library is not set up"),
        ("3B/81", "ts3500", "it belongs to another logical library"),
        ("3B/A0", "msl", "the picker is full"),
        ("3B/80", "ts3500", "the picker is full"),
        ("44/83", "tl2000", "its elements can't be reserved for the move"),
        ("3B/87", "exabyte", "the cartridge is stuck in the drive"),
        ("04/12", "sl150", "offline, or its other port is busy"),
        ("04/12", "acme", "not ready, offline"),
        ("30/03", "msl", "cleaning cartridge installed"),
        ("74/71", "sl4000", "logical unit access not authorized"),
        ("80/22", "acme", "vendor-specific condition"),
        (
            "3B/90",
            "acme",
            "the drive has not ejected its cartridge, as Exabyte and Tandberg use it",
        ),
        ("82/00", "acme", "drive not installed, as IBM TS3500 uses it"),
    ],
)
def test_words_are_the_makers_own_or_say_whose_they_are(text: str, model: str, words: str) -> None:
    assert additional_sense_text(code(text, model)) == words


def test_makers_that_differ_are_all_named() -> None:
    words = vendor_words(code("83/02"))
    assert words is not None
    assert "magazine not installed, as Tandberg and Metrum use it" in words
    assert "bar code label questionable, as IBM TS3310 and ADIC Scalar use it" in words


def test_a_code_of_t10_is_not_told_in_the_words_of_one_maker() -> None:
    assert vendor_words(code("53/01", "acme")) is None
    assert vendor_action(code("53/01", "acme"), 5) is None


@pytest.mark.parametrize(
    ("vendor", "model", "made"),
    [
        ("QUANTUM", "Scalar i500", True),
        ("Quantum", "SCALAR I500", True),
        ("QUANTUM", "An Scalar", False),
        ("QUANTUMX", "Scalar i500", False),
    ],
)
def test_maker_is_known_in_any_case_by_the_beginning_of_its_product_s_name(
    vendor: str, model: str, *, made: bool
) -> None:
    assert Maker("Quantum Scalar", "QUANTUM", "Scalar").made(Model(vendor, model)) is made


def test_what_a_maker_means_goes_before_what_t10_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever row stands first."""
    own = next(row for row in VENDOR_CODES if row.makers and row.element is not None)
    t10 = next(row for row in VENDOR_CODES if not row.makers and str(row) == "30/03")
    own = replace(own, asc=t10.asc, ascq=t10.ascq)
    (maker, *_) = own.makers
    sense = AdditionalSense(t10.asc, t10.ascq or 0, Model(maker.vendor, maker.product))
    for rows in ((own, t10), (t10, own)):
        monkeypatch.setattr(vendor_codes, "VENDOR_CODES", rows)
        vendor_codes._rows_of_model.cache_clear()
        found = element_meaning(sense)
        vendor_codes._rows_of_model.cache_clear()
        assert found is own.element is not t10.element
