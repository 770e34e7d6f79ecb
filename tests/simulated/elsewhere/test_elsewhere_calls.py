"""Calls and commands at an owner that says who it is, and then is gone: what may have been done."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from called import environment_set

import changer
from changer.api import LibraryCleaner, TapeLibrary
from changer.cli.main import main
from changer.errors import ChangerError, LibraryClosed, OwnerLost, OwnerUnreachable, UsageError
from changer.hooks.mtx.program import run as run_mtx
from changer.library.model import Identity
from changer.owner.frames import encode
from changer.owner.remote_library import Named
from changer.owner.values_sent import encode_value

from .hosts import ssh_is

HELLO = '{"hello":"1","host":"x","protocol":1}'
NAMED = Named("HP_MSL_1", Identity("HP", "MSL", "1", "1"), "/dev/sg3")

CALLS: dict[str, Callable[[TapeLibrary], object]] = {
    "status": lambda it: it.status(),
    "inventory": lambda it: it.inventory(),
    "move": lambda it: it.move(1, 2),
    "load": lambda it: it.load(1),
    "unload": lambda it: it.unload(),
    "exchange": lambda it: it.exchange(1, 2),
    "recover": lambda it: it.recover(),
    "export": lambda it: it.export("A00001L8"),
    "start_export": lambda it: it.start_export("A00001L8"),
    "import_cartridges": lambda it: it.import_cartridges(only_now=True),
    "lock": lambda it: it.lock(),
    "unlock": lambda it: it.unlock(),
    "clean": lambda it: it.clean(0),
    "start_clean": lambda it: it.start_clean(0),
    "clean_requested": lambda it: it.clean_requested(),
    "cleaning_requests": lambda it: it.cleaning_requests(),
    "operations": lambda it: it.operations(),
    "stop": lambda it: it.stop("x"),
    "find": lambda it: it.find("A00001L8"),
    "history": lambda it: it.history(),
    "cleaner.status": lambda it: it.cleaner.status(),
    "cleaner.cartridges": lambda it: it.cleaner.cartridges(),
    "cleaner.reserve": lambda it: it.cleaner.reserve(4),
    "cleaner.release": lambda it: it.cleaner.release(),
    "cleaner.insert": lambda it: it.cleaner.insert(),
    "cleaner.start_insert": lambda it: it.cleaner.start_insert(),
    "cleaner.eject": lambda it: it.cleaner.eject(),
    "cleaner.start_eject": lambda it: it.cleaner.start_eject(),
}
READING = {
    *("status", "cleaning_requests", "operations", "find", "history"),
    *("cleaner.status", "cleaner.cartridges"),
}
HERE = {"close"}


@pytest.fixture
def gone(folder: Path) -> Iterator[None]:
    """Every call but the first question finds its line cut."""
    configuration, named = folder / "changer.toml", folder / "named"
    configuration.write_text('manager = "ssh://owner.invalid"\n')
    named.write_bytes(encode({"value": encode_value(NAMED)}) + encode({"exit": 0}))
    script = (
        f"echo '{HELLO}'; read -r call\n"
        f"case $call in *'\"method\":\"identity\"'*) exec cat '{named}';; esac"
    )
    variables = {"CHANGER_CONFIG": str(configuration)}
    with ssh_is(folder, script), environment_set(variables, without=("CHANGER",)):
        yield


def ending(call: Callable[[], Any]) -> type[ChangerError]:
    with pytest.raises(ChangerError) as raised:
        call()
    return type(raised.value)


@pytest.mark.usefixtures("gone")
def test_a_call_that_is_cut_off_is_in_doubt_unless_it_only_reads() -> None:
    with changer.open_library() as library:
        assert library.id == NAMED.id
        ends = {name: ending(partial(call, library)) for name, call in CALLS.items()}
    assert {name for name, end in ends.items() if end is OwnerUnreachable} == READING
    assert {end for name, end in ends.items() if name not in READING} == {OwnerLost}
    assert {ending(partial(call, library)) for call in CALLS.values()} == {LibraryClosed}
    methods = {
        f"{prefix}{name}"
        for prefix, owner in (("", TapeLibrary), ("cleaner.", LibraryCleaner))
        for name, _ in inspect.getmembers(owner, inspect.isfunction)
        if not name.startswith("_")
    }
    assert methods - HERE == {*CALLS}


@pytest.mark.usefixtures("gone")
def test_a_stop_that_is_cut_off_is_in_doubt() -> None:
    with changer.open_library() as library:
        assert library._remote is not None
        _, stop = library._remote.operation("start_clean", (0,), {})
        assert ending(partial(stop, "x")) is OwnerLost


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("given", ["state", "trace"])
def test_a_file_of_this_host_is_refused_for_a_library_of_another(folder: Path, given: str) -> None:
    with pytest.raises(UsageError) as refused:
        changer.open_library(**{given: folder / "file"})  # type: ignore[arg-type]
    assert (refused.value.message, refused.value.hint) == (
        "state and trace name files, and owner.invalid manages the library",
        "leave them out, or call this there",
    )
    assert not (folder / "file").exists()


LINES = {
    "status": OwnerUnreachable,
    "drives": OwnerUnreachable,
    "history": OwnerUnreachable,
    "find A1": OwnerUnreachable,
    "load 1 --dry-run": OwnerUnreachable,
    "cleaner reserve 4 --dry-run": OwnerUnreachable,
    "load 1": OwnerLost,
    "inventory": OwnerLost,
    "recover": OwnerLost,
    "cleaner reserve 4": OwnerLost,
    "history prune --before 3d --yes": OwnerLost,
}


@pytest.mark.usefixtures("gone")
def test_a_command_that_is_cut_off_is_in_doubt_unless_it_only_reads(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ends = {line: main(line.split()) for line in LINES}
    assert ends == {line: kind.exit_status for line, kind in LINES.items()}
    out, err = capsys.readouterr()
    assert out == ""
    words = "the connection to owner.invalid, which manages the library, was lost"
    assert err.count(f"changer: {words}; nothing was to be changed") == 6
    assert err.count(f"changer: {words} while it carried this out") == 5


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("command", ["load 1", "status"])
def test_a_line_of_mtx_that_is_cut_off_is_in_doubt(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """What it was about to do is not looked at here."""
    assert run_mtx(["-f", NAMED.id, *command.split()]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("changer-mtx: the connection to owner.invalid, ")
    assert "was lost while it carried this out" in err
