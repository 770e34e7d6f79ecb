"""Exports and imports of three cartridges by two mail slots, with a person, to be killed."""

from __future__ import annotations

from cleaning.cleaner_library import CleanerLibrary

from changer.library.library import Library
from changer.moves.export import export
from changer.moves.exported import Exported
from changer.moves.import_ import import_cartridges
from changer.moves.imported import Imported

from .aftermath import Aftermath
from .killing import Function
from .person import hand, hold, put, take
from .scenario import NO_CLEANERS, Scenario

LEAVING = ("A00001L8", "A00002L8", "A00003L8")
COMING = ("B00001L8", "B00002L8", "B00003L8")
_VISIT_SECONDS = 15.0


def _in_mail(library: CleanerLibrary) -> dict[str, str]:
    return {place: tag for place, tag in library.places.items() if place.startswith("mail:")}


def _visits(library: CleanerLibrary) -> None:
    """From now on a person comes now and then, and takes out what is in the mail slots."""

    def come() -> None:
        for place, tag in _in_mail(library).items():
            take(library, tag, f"take {place}")
        library.clock.plan(_VISIT_SECONDS, come)

    library.clock.plan(_VISIT_SECONDS, come)


def _brings(library: CleanerLibrary) -> None:
    """From now on a person comes now and then, and puts in what they have, as far as it fits."""

    def come() -> None:
        for tag in hand(library)[: 2 - len(_in_mail(library))]:
            put(library, tag, f"put {tag}")
        library.clock.plan(_VISIT_SECONDS, come)

    library.clock.plan(_VISIT_SECONDS, come)


def _export(library: Library) -> Exported:
    return export(library, LEAVING, tell=lambda _: None)


def _exporting(library: CleanerLibrary) -> Function:
    def call(opened: Library) -> object:
        _visits(library)
        return _export(opened)

    return call


def _export_again(after: Aftermath) -> None:
    """The same words go on where it was; after one that was completed, there is nothing left."""
    library, results = after.library, list[Exported]()
    states = [row["state"] for row in library.rows("operations") if row["kind"] == "export"]
    was_completed = states[-1:] == ["completed"]
    _visits(library)
    assert after.run(lambda opened: results.append(_export(opened))) == "done"
    library.clock.forget()
    assert sorted(hand(library)) == sorted(LEAVING), "each left once, and none is left behind"
    left = {each.volume_tag for each in results[0].left}
    assert left == (set() if was_completed else {*LEAVING})
    assert not library.mail_is_open


def _importing(library: CleanerLibrary) -> Function:
    def call(opened: Library) -> object:
        _brings(library)
        return import_cartridges(opened, count=len(COMING), tell=lambda _: None)

    return call


def _import_again(after: Aftermath) -> None:
    library, results = after.library, list[Imported]()
    missing = len(hand(library)) + len(_in_mail(library))
    if missing:
        _brings(library)

        def again(opened: Library) -> object:
            done = import_cartridges(opened, count=missing, tell=lambda _: None)
            results.append(done)
            return done

        assert after.run(again) == "done"
        library.clock.forget()
        assert results[0].is_complete
        assert not library.mail_is_open
    slots = {tag for place, tag in library.places.items() if place.isdecimal()}
    assert slots >= {*COMING}


MANY = (
    Scenario("export", _exporting, again=_export_again, ordinary=("7", "11"), fields=NO_CLEANERS),
    Scenario(
        "import",
        _importing,
        lambda library: hold(library, *COMING),
        again=_import_again,
        ordinary=("7", "12"),
        fields=NO_CLEANERS,
    ),
)
