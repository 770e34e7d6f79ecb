"""What fits an argument: by its metavar, which says in the manual, too, what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum, auto

from changer.cli.completion.sources import Sources
from changer.cli.completion.wanted import Candidate, Wanted, command_names, functions_of
from changer.library.addressing import PlaceKind
from changer.smc.elements import ElementType


class Kind(Enum):
    """Words of one kind."""

    LABELS = auto()
    LABELS_EVER = auto()
    SLOTS = auto()
    MAIL_SLOTS = auto()
    DRIVES = auto()
    PICKER = auto()
    FREE_PLACES = auto()
    RESERVED_SLOTS = auto()
    CLEANERS = auto()
    LIBRARIES = auto()
    VIRTUAL_LIBRARIES = auto()
    OPERATIONS = auto()
    COMMANDS = auto()
    FUNCTIONS = auto()
    SLOTS_OF_MTX = auto()
    DRIVES_OF_MTX = auto()


_ELEMENTS = {
    Kind.SLOTS: ElementType.STORAGE,
    Kind.MAIL_SLOTS: ElementType.IMPORT_EXPORT,
    Kind.DRIVES: ElementType.DATA_TRANSFER,
    Kind.PICKER: ElementType.MEDIUM_TRANSPORT,
}
_PLACES = (Kind.SLOTS, Kind.MAIL_SLOTS, Kind.DRIVES)
_CONTENTS = (Kind.LABELS, *_PLACES, Kind.PICKER)

KINDS: dict[str, tuple[Kind, ...]] = {
    "A": _CONTENTS,
    "ADDRESS[:PORT]": (),
    "B": _CONTENTS,
    "BYTE": (),
    "C": _CONTENTS,
    "COLUMN": (),
    "COMMAND": (Kind.COMMANDS,),
    "DESTINATION": (Kind.FREE_PLACES, *_PLACES),
    "DRIVE": (Kind.DRIVES,),
    "FIELD=VALUE": (),
    "FILE": (),
    "FUNCTION": (Kind.FUNCTIONS,),
    "GROUP": (),
    "HOST": (),
    "HOST:PORT": (),
    "ID": (Kind.OPERATIONS,),
    "LABEL": (Kind.LABELS_EVER,),
    "LABEL|GLOB": (Kind.LABELS,),
    "LABEL|PLACE": (Kind.LABELS_EVER, *_PLACES),
    "LIBRARY": (Kind.LIBRARIES,),
    "LIST": (),
    "MTX-DRIVE": (Kind.DRIVES_OF_MTX,),
    "MTX-SLOT": (Kind.SLOTS_OF_MTX,),
    "N": (),
    "NAME": (Kind.VIRTUAL_LIBRARIES,),
    "PATH": (),
    "PLACE": _CONTENTS,
    "PLACE-PLACE": (),
    "PROFILE": (),
    "SECONDS": (),
    "SLOT": (Kind.SLOTS,),
    "SLOT|LABEL": (Kind.RESERVED_SLOTS, Kind.CLEANERS),
    "SOURCE": (Kind.LABELS, *_PLACES),
    "TEXT": (),
    "TIME": (),
    "USER": (),
    "WORD": (),
}
# Where less, or more, fits than the metavar says.
_OF_ONE_COMMAND: dict[tuple[str, str], tuple[Kind, ...]] = {
    ("cleaner insert", "SLOT"): (Kind.RESERVED_SLOTS,),
    ("sim create", "NAME"): (),
}
FILES = frozenset(("FILE",))
DEVICES = frozenset(("DRIVE", "LIBRARY"))
"""Of these, files are meant where a word begins like one."""
_FOLDERS = ("/", "./", "../", "~")


def wants_files(wanted: Wanted, value: str) -> bool:
    """Whether files fit; ``value``: what is there of the word."""
    return wanted.kind in FILES or (wanted.kind in DEVICES and value.startswith(_FOLDERS))


def candidates_of(wanted: Wanted, fits: Callable[[str], bool]) -> list[Candidate]:
    """What fits of the libraries, their cartridges and places; ``fits``: as Sources has it."""
    kinds = _OF_ONE_COMMAND.get((wanted.path, wanted.kind), KINDS.get(wanted.kind, ()))
    if wanted.kind == "WORD" and len(wanted.given) > 1:
        kinds = _CONTENTS  # of a virtual library: after the name of a fault, or of an action
    if not kinds:
        return []
    with Sources(wanted, fits) as sources:
        return [each for kind in kinds for each in _words(kind, sources, wanted)]


def _words(kind: Kind, sources: Sources, wanted: Wanted) -> Iterable[Candidate]:
    match kind:
        case Kind.LIBRARIES:
            return sources.libraries()
        case Kind.VIRTUAL_LIBRARIES:
            return sources.virtual_libraries()
        case Kind.OPERATIONS:
            return sources.operations_under_way()
        case Kind.COMMANDS:
            return command_names()
        case Kind.FUNCTIONS:
            return functions_of(wanted.given[0])
        case Kind.FREE_PLACES:
            free = {"slot": PlaceKind.FREE_SLOT, "mail": PlaceKind.FREE_MAIL}
            return (Candidate(word, each.value) for word, each in free.items())
    return _words_of_library(kind, sources)


def _words_of_library(kind: Kind, sources: Sources) -> Iterator[Candidate]:
    mail, drives = ElementType.IMPORT_EXPORT, ElementType.DATA_TRANSFER
    match kind:
        case Kind.LABELS:
            return sources.on_record(lambda known: known.labels())
        case Kind.LABELS_EVER:
            return sources.on_record(lambda known: known.labels_ever())
        case Kind.RESERVED_SLOTS:
            return sources.on_record(lambda known: known.reserved_slots())
        case Kind.CLEANERS:
            return sources.on_record(lambda known: known.cleaners())
        case Kind.SLOTS_OF_MTX:
            slots = (ElementType.STORAGE, mail)
            return sources.on_record(lambda known: known.numbers(slots, first=1))
        case Kind.DRIVES_OF_MTX:
            return sources.on_record(lambda known: known.numbers((drives,), first=0))
    return sources.on_record(lambda known: known.places(_ELEMENTS[kind]))
