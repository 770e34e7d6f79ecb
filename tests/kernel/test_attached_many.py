"""Many cartridges behind real devices: out in rounds, with a person, and in again."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from waiting import wait_until

from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

from .attached_library import AttachedLibrary, attached
from .faulty_library import cartridges, true_places
from .program import Program, environment_in

# One goes on where the other ended.
pytestmark = [pytest.mark.guest_only, pytest.mark.long]

LEAVING = ("A00001L8", "A00002L8", "A00003L8")
EXPORT_INCOMPLETE = 90


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttachedLibrary]:
    """Two mail slots, and nothing in them."""
    folder = tmp_path_factory.mktemp("many")
    with attached("many", folder, serial="MANY000001", cleaners=0, drive_load_seconds=0) as shown:
        yield shown


@pytest.fixture(scope="module")
def changer(library: AttachedLibrary, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """One store for both tests."""
    environment = environment_in(tmp_path_factory.mktemp("state"))
    return Program(library.device, environment)


def in_mail(library: AttachedLibrary) -> dict[str, str]:
    places = true_places(library.truth)
    return {place: tag for place, tag in places.items() if place.startswith("mail:")}


def beside(changer: Program, act: Callable[[], object]) -> threading.Thread:
    """A person who does that once they are waited for."""

    def come() -> None:
        with open_store(Path(changer.environment["CHANGER_STATE"]), clock=SystemClock()) as store:
            wait_until(lambda: any(it.state == "waiting" for it in store.operations(limit=1)))
        act()

    person = threading.Thread(target=come)
    person.start()
    return person


def test_an_export_that_nobody_attends_to_goes_on_with_the_same_words(
    changer: Program, library: AttachedLibrary
) -> None:
    taken: list[str] = []

    def take_all() -> None:
        for place in ("mail:1", "mail:2", "mail:1"):
            wait_until(lambda at=place: at in in_mail(library))  # type: ignore[misc]
            taken.append(in_mail(library)[place])
            library.operate(f"take {place}")

    ended = changer.run("export", *LEAVING, "--timeout", "0", "--json")
    assert ended.exit_status == EXPORT_INCOMPLETE
    assert [each["left"] for each in ended.document["cartridges"]] == [False] * 3
    assert sorted(in_mail(library).values()) == ["A00001L8", "A00002L8"]
    person = beside(changer, take_all)
    try:
        document = changer.do("export", *LEAVING, "--json").document
    finally:
        person.join()
    assert [each["left"] for each in document["cartridges"]] == [True] * 3
    assert taken == [*LEAVING]
    assert not {*LEAVING} & {*cartridges(library.truth)}


def test_what_a_person_puts_in_is_imported(changer: Program, library: AttachedLibrary) -> None:
    before = cartridges(library.truth)

    def put_in() -> None:
        library.operate("put A00001L8 mail:1")
        library.operate("put A00002L8 mail:2")

    person = beside(changer, put_in)
    try:
        document = changer.do("import", "--count", "2", "--json").document
    finally:
        person.join()
    assert [each["slot"] for each in document["cartridges"]] == ["1", "2"]
    places = true_places(library.truth)
    assert (places["1"], places["2"]) == ("A00001L8", "A00002L8")
    assert sorted(cartridges(library.truth)) == sorted([*before, "A00001L8", "A00002L8"])
