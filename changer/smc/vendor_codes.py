"""Additional sense codes: what they mean in an element descriptor, and those of makers.

Pure. A row is T10's, or of the makers that agree on it: what one maker means by a code says nothing
of another's libraries, whose answer is the careful one of its sense key, or that an element can't
be told. Imported where a code is looked up: most commands never meet one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from changer.errors import (
    ChangerError,
    DestinationFull,
    DeviceFailed,
    ElementNotPresent,
    LibraryOffline,
    NotReady,
    RemovalPrevented,
)
from changer.smc.elements import AdditionalSense, ElementException, Model
from changer.smc.makers import (
    ATL_P,
    BDT,
    ESL9000,
    EXABYTE,
    EXB_210,
    FUJITSU,
    MAGNUM,
    MAGSTAR,
    METRUM,
    NEO,
    PX500,
    QUALSTAR,
    SL150,
    SL3000,
    SLR,
    SONY,
    SPECTRA_9000,
    SPECTRA_T,
    STK,
    TL,
    TS3310,
    TS3400,
    TS3500,
    VIRTUAL,
    Makers,
)
from changer.smc.sense import Action, SenseAction, SenseKey
from changer.values import dataclass, field

Actions = Mapping[int, SenseAction]


@dataclass(frozen=True, slots=True)
class VendorCode:
    """A row.

    ``ascq``: None for any. ``words``: the condition, for messages; empty for those of T10's list.
    ``makers``: whose code it is; none: T10's. ``element``: its meaning in an element descriptor.
    ``actions``: by the sense key that it comes with; without one, the key alone decides.
    ``not_ejected``: a move from a drive ends so until the drive has ejected its cartridge.
    """

    asc: int
    ascq: int | None
    words: str
    makers: Makers
    evidence: str
    element: ElementException | None = None
    actions: Actions = field(default_factory=dict)
    not_ejected: bool = False

    def fits(self, model: Model) -> bool:
        """Whether the row is for this model."""
        return not self.makers or any(each.made(model) for each in self.makers)


def _when(
    key: SenseKey, error: type[ChangerError] = DeviceFailed, action: Action = Action.FAIL
) -> Actions:
    return {key: SenseAction(action, error)}


_OFFLINE = _when(SenseKey.NOT_READY, LibraryOffline)
_WAIT = _when(SenseKey.NOT_READY, NotReady, Action.WAIT)
_BUSY = _when(SenseKey.NOT_READY, NotReady, Action.RETRY)
_CLEANS = _when(SenseKey.MEDIUM_ERROR, NotReady, Action.WAIT)
_NO_DRIVE_NOW = _when(SenseKey.NOT_READY, ElementNotPresent)
_LOADED_ALREADY = _when(SenseKey.NOT_READY, DestinationFull)
_REFUSED = _when(SenseKey.ILLEGAL_REQUEST, ElementNotPresent)
_EJECT = _when(SenseKey.ILLEGAL_REQUEST, RemovalPrevented)
_CLOSE = _when(SenseKey.ILLEGAL_REQUEST, LibraryOffline)
_VENDOR_ABSENT = _when(SenseKey.VENDOR_SPECIFIC, ElementNotPresent)
_VENDOR_FAILS = _when(SenseKey.VENDOR_SPECIFIC)
_VENDOR_WAIT = _when(SenseKey.VENDOR_SPECIFIC, NotReady, Action.WAIT)
# The robot stuck under a key that elsewhere means that nothing was done.
_STUCK = _when(SenseKey.ILLEGAL_REQUEST, action=Action.UNKNOWN)
# Its other port is busy with a command of the library, which may take as long as a motion.
_PORT_BUSY: Actions = {
    SenseKey.NO_SENSE: SenseAction(Action.WAIT, NotReady),
    SenseKey.NOT_READY: SenseAction(Action.RETRY, LibraryOffline),
    SenseKey.ABORTED_COMMAND: SenseAction(Action.WAIT, NotReady),
}


def _row(
    code: str,
    words: str,
    makers: Makers,
    evidence: str,
    element: ElementException | None = None,
    *,
    actions: Actions | None = None,
    not_ejected: bool = False,
) -> VendorCode:
    """A row, with its code as ``83/02``; ``5D/`` for any qualifier."""
    asc, _, ascq = code.partition("/")
    qualifier = int(ascq, 16) if ascq else None
    return VendorCode(
        *(int(asc, 16), qualifier, words, makers, evidence, element, actions or {}, not_ejected)
    )


_ABSENT, _NO_DRIVE = ElementException.ABSENT, ElementException.NO_DRIVE
_CLEANER, _WISH = ElementException.CLEANER, ElementException.CLEANING_REQUESTED
_UNKNOWN, _SCAN = ElementException.CONTENTS_UNKNOWN, ElementException.LABEL_QUESTIONABLE
_NO_LABEL, _NOTHING = ElementException.LABEL_UNREADABLE, ElementException.INFORMATIONAL
_OUT_IF_EMPTY = ElementException.ABSENT_IF_EMPTY

_SMC3 = "SMC-3, element descriptors; SPC-4, ASC and ASCQ assignments"
_WDK = "Windows driver kit, src/storage/changers: EXCEPT=1 with 00/00 is not an error"
_SAM = "SAM-QFS (cgrzemba/samqfs), src/robots/generic/scsi_error/bld_codes.c"
_ELEMENT2 = "SAM-QFS, src/robots/generic/element2.c"
_DELL = "Dell PowerVault TL2000 and TL4000, SCSI reference; user's guide, table C-1"
_MAGNUM = "Exabyte Magnum 1x7, SCSI reference 1012975, tables 11-5, 19-2, A-2; Magnum 224, 1014826"
_SLR = "Tandberg SLR autoloader, SCSI specification 43 20 73, page 2-44"
_TS3310 = "IBM TS3310 (a Scalar i500), setup and operator guide, table C-1"
_ESL = "HP ESL9000 series, user guide, table 26; ATL P series, of which it is one"
_SL150 = "Oracle StorageTek SL150, SCSI reference E35103-07, chapter 2: reissue the command"
_TS3400 = "IBM TS3400, service guide, table 1-8"
_TS4500 = "IBM TS4500, SCSI reference, mode page 1Dh"
# Words and makers of several rows.
_LOADED = "the drive has not ejected its cartridge"
_NONE_THERE = "drive not installed"
_DOOR_83 = (
    MAGNUM + EXB_210 + TL + BDT + TS3310 + METRUM + SONY + QUALSTAR + SPECTRA_9000 + SPECTRA_T
)
_MODES = MAGNUM + EXB_210 + TL + MAGSTAR + SONY

VENDOR_CODES = (
    # T10's, in an element descriptor
    _row("00/00", "", (), _WDK, _NOTHING),
    _row("00/17", "", (), f"{_DELL}: of a drive", _WISH),
    _row("30/03", "", (), _SMC3, _CLEANER),
    _row("3B/11", "", (), _SMC3, _ABSENT),
    _row("3B/12", "", (), _SMC3, _ABSENT),
    _row("3B/18", "", (), _SMC3, _ABSENT),
    _row("3B/1A", "", (), f"{_SMC3}; Scalar i40 to i2000, SL4000", _NO_DRIVE),
    _row("53/08", "", (), _SMC3, _UNKNOWN),
    _row("5A/01", "", (), "ATL P3000, user guide, page 104: used up", _CLEANER),
    _row("5D/", "", (), f"{_SMC3}: of wear, not of contents", _NOTHING),
    # T10's, as a maker uses them
    _row("00/16", "its other port is busy", SL150, _SL150, actions=_PORT_BUSY),
    _row("04/12", "offline, or its other port is busy", SL150, _SL150, actions=_PORT_BUSY),
    _row("08/00", "its other port is busy", SL150, _SL150, actions=_PORT_BUSY),
    _row("15/01", "mechanical positioning error", NEO, _SAM, actions=_STUCK),
    _row("30/03", "", BDT, _SAM, actions=_CLEANS),
    _row("3B/1A", _NONE_THERE, SL3000, _SAM, actions=_VENDOR_ABSENT),
    _row("53/01", _LOADED, TS3310, _TS3310, actions=_EJECT, not_ejected=True),
    # not ready
    _row("04/81", "in maintenance mode", STK, _SAM, actions=_OFFLINE),
    _row("04/82", "mail slots open", QUALSTAR, _SAM, actions=_OFFLINE),
    _row("04/83", "the library is not set up", TS3500, _SAM, actions=_OFFLINE),
    _row("04/83", "needs an operator", FUJITSU, _SAM, actions=_OFFLINE),
    _row("04/83", "door open", _DOOR_83, f"{_SAM}; {_DELL}; {_MAGNUM}", actions=_OFFLINE),
    _row("04/84", "I/O station open", TS3500, _SAM, actions=_OFFLINE),
    _row("04/84", "door open", SPECTRA_9000, _SAM, actions=_OFFLINE),
    _row("04/84", "emergency stop", SONY, _SAM, actions=_OFFLINE),
    _row("04/85", "door open", TS3500 + QUALSTAR, _SAM, actions=_OFFLINE),
    _row("04/85", "firmware upgrade or pause", TL + MAGSTAR + VIRTUAL, _DELL, actions=_WAIT),
    _row("04/87", "the drive is not enabled", TL, _DELL, actions=_NO_DRIVE_NOW),
    _row("04/88", "the drive is busy", TL, _DELL, actions=_BUSY),
    _row("04/89", "the drive is not empty", TL, _DELL, actions=_LOADED_ALREADY),
    _row("04/89", "operated from its console", MAGNUM, _MAGNUM, actions=_OFFLINE),
    _row("04/9A", "the drive's Fibre Channel link is down", TL, _DELL),
    _row("04/8D", "offline, or operated from its panel", _MODES, _MAGNUM, actions=_OFFLINE),
    _row("04/8E", "in sequential mode", _MODES, f"{_DELL}; {_MAGNUM}", actions=_OFFLINE),
    _row("80/00", "door open", ATL_P + ESL9000 + NEO, _SAM, actions=_OFFLINE),
    _row("80/01", "a menu is open at its panel", NEO, _SAM, actions=_WAIT),
    _row("80/02", "door open", PX500, _SAM, actions=_OFFLINE),
    _row("80/07", "stopped at its panel", ATL_P, _SAM, actions=_OFFLINE),
    _row("80/09", "offline", ATL_P, _SAM, actions=_OFFLINE),
    # refusals of a move
    _row("3B/80", "the picker is full", TS3500 + PX500, _SAM),
    _row("3B/A0", "the picker is full", TL + BDT + VIRTUAL, f"{_DELL}; {_SAM}"),
    _row("3B/81", "it belongs to another logical library", TS3500, _SAM, actions=_REFUSED),
    _row("3B/81", "the cartridge is of another partition", TL, _DELL, actions=_REFUSED),
    _row("3B/82", _NONE_THERE, TS3500, _TS4500, _NO_DRIVE, actions=_REFUSED),
    _row("3B/83", _LOADED, TS3400, _TS3400, actions=_EJECT, not_ejected=True),
    _row("3B/87", "the cartridge is stuck in the drive", MAGNUM, _MAGNUM),
    _row("3B/90", _LOADED, MAGNUM, _MAGNUM, actions=_EJECT, not_ejected=True),
    _row("44/80", "its controller is in a bad state", TL, _DELL),
    _row("44/81", "the source is not ready", TL, _DELL, actions=_EJECT, not_ejected=True),
    _row("44/82", "the destination is not ready", TL, _DELL),
    _row("44/83", "its elements can't be reserved for the move", TL, _DELL),
    _row("44/84", "wrong type of drive", TL, _DELL),
    _row("44/85", "its robot controller refused the request", TL, _DELL),
    _row("44/86", "its robot is not initialized", TL, _DELL),
    _row("53/81", "I/O station open", TS3310, f"{_TS3310}; {_SAM}", actions=_CLOSE),
    _row("53/82", "the I/O station can't be locked", TS3310, _TS3310),
    _row("53/83", "the I/O station can't be unlocked", TS3310, _TS3310),
    _row("80/03", "source element not installed", SLR, _SLR, actions=_REFUSED),
    _row("80/04", "destination element not installed", SLR, _SLR, actions=_REFUSED),
    _row("80/05", "the source drive is not installed", MAGNUM, _MAGNUM, actions=_REFUSED),
    _row("80/06", "the destination drive is not installed", MAGNUM, _MAGNUM, actions=_REFUSED),
    # elements
    _row("30/83", "cleaning cartridge without bar code label", TL + VIRTUAL, _DELL, _CLEANER),
    _row("80/01", "the drive requires cleaning", ESL9000 + ATL_P + VIRTUAL, _ESL, _WISH),
    _row("82/00", _NONE_THERE, TS3500, _ELEMENT2, _NO_DRIVE),
    _row("83/00", "bar code label questionable", MAGNUM, _MAGNUM, _SCAN),
    _row("83/00", "element not scanned yet", TL, _DELL, _UNKNOWN),
    _row("83/00", "bar code label too short or too long", TS3310, _TS3310, _NO_LABEL),
    _row("83/01", "bar code label unreadable", MAGNUM, f"{_MAGNUM}; {_SLR}", _NO_LABEL),
    _row("83/01", "no bar code label", TL, _DELL, _NO_LABEL),
    _row("83/02", "magazine not installed", SLR + METRUM, f"{_SLR}; {_ELEMENT2}", _OUT_IF_EMPTY),
    _row("83/02", "bar code label questionable", TS3310, f"{_TS3310}; {_SAM}", _SCAN),
    _row("83/03", "label and occupancy questionable", MAGNUM, _MAGNUM, _UNKNOWN),
    _row("83/03", "label and occupancy questionable", TS3310, _TS3310, _UNKNOWN),
    _row("83/04", _NONE_THERE, MAGNUM, f"{_MAGNUM}; {_SLR}", _NO_DRIVE, actions=_REFUSED),
    _row("83/04", _NONE_THERE, TS3310, _TS3310, _NO_DRIVE, actions=_REFUSED),
    _row("83/05", "the drive is varied off", TS3310, _TS3310, _ABSENT, actions=_REFUSED),
    _row("83/08", "bar code label problem", MAGNUM, _MAGNUM, _NO_LABEL),
    _row("83/09", "no bar code label", MAGNUM, f"{_MAGNUM}; {_SLR}", _NO_LABEL),
    _row("83/0A", "the bar code reader has failed", MAGNUM, _MAGNUM, _NO_LABEL),
    _row("83/10", "the element is in error", SLR, _SLR),
    _row("83/10", "hardware failure", NEO, _SAM, actions=_STUCK),
    # Spectra's sense key 9
    _row("13/00", "bar code label unreadable", SPECTRA_9000, _SAM, actions=_VENDOR_FAILS),
    _row("83/01", "bar code label unreadable", SPECTRA_9000, _SAM, actions=_VENDOR_FAILS),
    _row("83/02", "the cartridge is reserved", SPECTRA_9000, _SAM, actions=_VENDOR_FAILS),
    _row("84/08", "busy with a task of its own", SPECTRA_9000, _SAM, actions=_VENDOR_WAIT),
    # hardware
    _row("87/21", "no communication with the drive", EXABYTE, _MAGNUM),
    _row("87/23", "no communication with the drive", EXABYTE, _MAGNUM),
    _row("87/24", "no communication with the drive", EXABYTE, _MAGNUM),
)


def element_meaning(sense: AdditionalSense) -> ElementException | None:
    """Meaning of a code in an element descriptor; None where it is not known of this model."""
    return next((row.element for row in _rows_of(sense) if row.element is not None), None)


def vendor_action(sense: AdditionalSense, key: int) -> SenseAction | None:
    """Action on sense data with a code that this model uses in its own way; None for any other."""
    return next((row.actions[key] for row in _rows_of(sense) if key in row.actions), None)


def asks_for_ejection(key: int, sense: AdditionalSense) -> bool:
    """Whether this model ends a move from a drive so that has not ejected its cartridge."""
    return any(row.not_ejected and key in row.actions for row in _rows_of(sense))


def vendor_words(sense: AdditionalSense) -> str | None:
    """The condition in words, and by whose: ``door open``; ``door open, as Exabyte uses it``.

    None where the code is T10's, or no maker is known to use it.
    """
    own = next((row.words for row in _rows_of(sense) if row.words), None)
    if own is not None or (sense.asc < _OF_VENDORS and sense.ascq < _OF_VENDORS):
        return own
    return "; ".join(map(_words_elsewhere, _rows(sense))) or None


def _words_elsewhere(row: VendorCode) -> str:
    names = list(dict.fromkeys(each.name for each in row.makers if each not in VIRTUAL))
    few = names[:2]
    return f"{row.words}, as {' and '.join(few)} {'use' if len(few) > 1 else 'uses'} it"


def _rows(sense: AdditionalSense) -> Iterator[VendorCode]:
    asc, ascq = sense.asc, sense.ascq
    return (row for row in VENDOR_CODES if row.asc == asc and row.ascq in (None, ascq))


def _rows_of(sense: AdditionalSense) -> tuple[VendorCode, ...]:
    """The rows for a code of this model: its maker's before T10's."""
    return _rows_of_model(sense, sense.model)


@lru_cache(maxsize=256)  # one code may be that of every slot
def _rows_of_model(sense: AdditionalSense, model: Model) -> tuple[VendorCode, ...]:
    rows = [row for row in _rows(sense) if row.fits(model)]
    return tuple(sorted(rows, key=lambda row: not row.makers))


_OF_VENDORS = 0x80
