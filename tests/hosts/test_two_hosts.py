"""Two hosts, each with a kernel of its own, use one library that a third one exports."""

from . import rehearsal
from .conftest import Lab


def test_each_is_a_host_of_its_own(lab: Lab) -> None:
    guests = (lab.a, lab.b, lab.keeper)
    machines = [guest.do("cat", "/etc/machine-id").out for guest in guests]
    names = [guest.do("uname", "-n").out for guest in guests]
    boots = [guest.boot for guest in guests]
    assert len({*machines}) == len({*names}) == len({*boots}) == 3


def test_each_of_them_uses_it_as_the_document_has_it(lab: Lab) -> None:
    for guest in (lab.a, lab.b):
        before = len(lab.library.moves)
        _, load, unload, history = rehearsal.use(guest)
        assert load.out == "moved A00001L8 from slot 1 to drive 0\n"
        assert unload.out == "moved A00001L8 from drive 0 to slot 1\n"
        assert len(history.out.splitlines()) >= 2, "what this host moved"
        there, back = lab.library.moves[before:]
        assert (there.status, back.status) == (0, 0)
        assert (there.source, there.destination) == (back.destination, back.source)


def test_library_and_network_have_seen_the_same_moves(lab: Lab) -> None:
    before = len(lab.library.moves), len(lab.observer.moves())
    lab.a.do("changer", "load", "2", "0")
    lab.b.do("changer", "unload", "0")
    told, seen = lab.library.moves[before[0] :], lab.observer.moves()[before[1] :]
    assert [(each.source, each.destination) for each in told] == [each.places for each in seen]
    assert [(each.host, each.status) for each in seen] == [("a", 0), ("b", 0)]


def test_each_of_them_sees_what_the_other_one_moved(lab: Lab) -> None:
    shown = [guest.do("changer", "status", "--json").document for guest in (lab.a, lab.b)]
    assert shown[0]["library"]["id"] == shown[1]["library"]["id"]
    lab.a.do("changer", "load", "2", "1")
    assert lab.b.do("changer", "unload", "1").out.startswith("moved A00002L8 from drive 1 to slot")
