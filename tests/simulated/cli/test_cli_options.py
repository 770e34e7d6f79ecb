"""The command line as it is typed: options anywhere, mistakes understood, help everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from changer.cli.commands import COMMANDS
from changer.cli.parser import parse_command_line
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock

from .terminal import Terminal

FUNCTIONS = {
    "cleaner": ["status", "reserve", "insert", "eject", "release"],
    "state": ["list", "check", "init", "backup", "restore", "export", "import", "forget"],
    "sim": ["create", "list", "profiles", "show", "fault", "operator", "delete"],
}
NAMES = [name for entry in COMMANDS for name in (entry.name, *entry.aliases)]


@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_options_stand_before_and_after_command_and_function(
    terminal: Terminal, folder: Path, place: str
) -> None:
    terminal.create("it", "bare")
    state, trace = folder / "other" / "state.db", folder / "trace"
    terminal.done("state", "init", str(state))
    options = ["-l", "sim:it", "--state", str(state), "--json", "--trace", str(trace)]
    options += ["--wait", "5"]
    words = {
        "before": [*options, "cleaner", "reserve", "5"],
        "between": ["cleaner", *options, "reserve", "5"],
        "after": ["cleaner", "reserve", "5", *options],
    }[place]
    document = terminal.done(*words).json
    assert document["library"]["device"] == "sim:it"
    assert terminal.done("--state", str(state), "state", "list", "--json").json["libraries"]
    assert trace.exists()


@pytest.mark.parametrize("words", [["-v", "status"], ["status", "-v"], ["status", "--verbose"]])
def test_verbose_says_what_is_done_on_standard_error(terminal: Terminal, words: list[str]) -> None:
    quiet = terminal.done("status").out
    run = terminal.run(*words)
    assert run.out.startswith(quiet)
    model, drives = run.out.removeprefix(quiet).splitlines()
    assert (model[:7], drives[:16]) == ("model: ", "drives 0 and 1: ")
    assert run.err.startswith("reading CHANGER_VIRTUAL_")
    assert "READ ELEMENT STATUS" not in run.err


def test_verbose_twice_shows_each_scsi_command(terminal: Terminal) -> None:
    terminal.done("status")
    lines = terminal.run("status", "-vv").err.splitlines()
    elements, drives = "READ ELEMENT STATUS", "READ ELEMENT STATUS"
    assert [line.split(" (")[0] for line in lines[1:]] == ["MODE SENSE(6)", elements, drives]


def test_last_of_two_equal_options_counts(terminal: Terminal) -> None:
    terminal.create("it", "bare")
    run = terminal.done("-l", "sim:demo", "status", "--json", "-l", "sim:it")
    assert run.json["library"]["device"] == "sim:it"


def test_library_is_named_by_the_environment_and_overruled_by_the_option(
    terminal: Terminal,
) -> None:
    terminal.create("it", "bare")
    terminal.variables["CHANGER"] = "sim:it"
    assert terminal.done("status", "--json").json["library"]["device"] == "sim:it"
    run = terminal.done("status", "--json", "-l", "sim:demo")
    assert run.json["library"]["device"] == "sim:demo"


def test_busy_library_is_told_with_its_holder_and_waited_for_when_asked(terminal: Terminal) -> None:
    terminal.done("load", "1")
    library = terminal.done("status", "--json").json["library"]["id"]
    lock = LibraryLock(
        library, folder=terminal.locks, command="changer load 7", clock=SystemClock()
    )
    with lock:
        run = terminal.run("unload")
        assert run.status == 30
        assert "changer load 7" in run.err
        assert "--wait" in run.err
        assert terminal.run("unload", "--wait", "0.2").status == 30
        assert terminal.run("status").status == 0, "looking waits for nobody"
    terminal.done("unload", "--wait", "10")


# Mistakes


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("statsu", "did you mean 'status'?"),
        ("-l sim:demo help laod", "did you mean 'load'?"),
        ("help cleaner resrve", "did you mean 'reserve'?"),
        ("reserve 4", "did you mean 'cleaner reserve'?"),
        ("laod 1", "did you mean 'load'?"),
        ("cleanr status", "did you mean 'cleaner'?"),
        ("-l sim:demo unlod", "did you mean 'unload'?"),
        ("cleaner resrve 4", "did you mean 'reserve'?"),
        ("cleaner injct", "did you mean 'eject'?"),
        ("operations stp", "did you mean 'stop'?"),
        ("state forgt x", "did you mean 'forget'?"),
        ("sim creat x", "did you mean 'create'?"),
        ("status --jsn", "did you mean '--json'?"),
        ("--libary x status", "did you mean '--library'?"),
        ("load 1 --redy", "did you mean '--ready'?"),
        ("cleaner release --inventroy", "did you mean '--inventory'?"),
        ("load 1 drive0", "did you mean drive:0?"),
        ("load slot3", "did you mean slot:3?"),
        ("move 1 mail-2", "did you mean mail:2?"),
        ("cleaner reserve d0", "did you mean drive:0?"),
        ("cleaner insert --from drive0", "did you mean drive:0?"),
        ("completion bsh", "did you mean 'bash'?"),
        ("load a00001", "did you mean A00001L8?"),
        ("sim create x --profile autoloadr", "did you mean 'autoloader'?"),
        ("sim fault demo magazin-out 1", "did you mean 'magazine-out'?"),
        ("sim operator demo isert X 1", "did you mean 'insert'?"),
    ],
)
def test_mistyped_word_is_answered_with_what_was_meant(
    terminal: Terminal, words: str, meant: str
) -> None:
    run = terminal.run(*words.split())
    assert run.status in (2, 8, 70)
    assert run.out == ""
    assert meant in run.err


@pytest.mark.parametrize(
    "words",
    ["list --cleanz-left 3", "cleaner status --tmeout 3", "load 1 --needd", "list --chek", "xyz"],
)
def test_nothing_is_guessed_that_does_not_fit_there(terminal: Terminal, words: str) -> None:
    assert "did you mean" not in terminal.run(*words.split()).err


LONG = f"{'0' * 9}{'9' * 20}"
NOT_TAKEN = (
    *("list now", "status -l", "status -q", "status --wait soon"),
    *("status --wait -1", "status --wait nan", "status --state ", "-v"),
    *("--json", "load", "load 1 0 3", "load 1 4x4x", "move 1", "unload mail:1"),
    *("load 1 --ready-timeout inf", "cleaner", "cleaner reserve", "state"),
    *("cleaner reserve 1 drive:0", f"cleaner insert --cleans-left {LONG}", "sim"),
    *("sim create it --slots 00000000070000", "scsi", "scsi -- zz"),
    *("scsi -- 00 00", "completion", "history --limit 0", "history --limit many"),
    *(f"history --limit {LONG}", f"history --limit {'9' * 5000}"),
    "scsi --read 00000000070000 -- 12 00 00 00 60 00",
    "clean --needed --cleaner 12",
    *("inventory --range 3-1", "inventory --range picker", "clean 0 1", "clean 0 --needed"),
    *(f"cleaner insert --cleans-left {each}" for each in ("-1", "10001", "9" * 20, "1.5", "", "٣")),
    *("cleaner insert --cleans-left=-1", "cleaner insert --timeout -1", "cleaner insert 4 5"),
    *("cleaner insert --timeout nan", "cleaner insert --from ", "cleaner insert --from drive"),
    *(
        "cleaner eject --timeout soon",
        "cleaner eject 4 5",
        "cleaner status --chek",
        "cleaner injest",
    ),
    *("operations halt", "operations stop a b"),
)
WRONG = {
    **dict.fromkeys(NOT_TAKEN, ""),
    "load 1 0 3": "unexpected argument '3'\n  for help: changer load --help",
    "help load 3": "unexpected argument '3'\n  for help: changer load --help",
    "help cleaner reserve 3": "unexpected argument '3'\n  for help: changer help --help",
    "cleaner": "FUNCTION is missing\n  for help: changer cleaner --help",
    "cleaner reserve": "SLOT is missing\n  for help: changer cleaner reserve --help",
    "move": "SOURCE and DESTINATION are missing",
    "status -l": "--library needs a value: LIBRARY",
    "cleaner insert --from": "--from needs a value: PLACE",
    "status --wait soon": "--wait: 'soon' is not a number of seconds",
    "status --json=yes": "--json does not take a value",
    "status -q": "unknown option '-q'\n",
    "-q status": "unknown option '-q'\n",
    "-f /dev/sg3 status": "unknown option '-f'; did you mean '-l'?\n  for help: changer --help",
    "status -f /dev/sg3": "unknown option '-f'; did you mean '-l'?\n",
    "-vv -lsim:it xyzzy": "unknown command 'xyzzy'\n",
    "-qfile xyzzy": "unknown option '-q'\n",
    "recover --on --back": "exclude each other",
    "state export --schema 1": "--schema must be",
    "operations list": "unknown argument 'list'; did you mean 'stop'?",
    "cleaner zzzzz": "unknown function 'zzzzz'; known: status, reserve,",
    "cleaner status --cleans-left 3": "option '--cleans-left' belongs to: changer cleaner insert",
    "xyzzy": "unknown command 'xyzzy'\n  changer --help lists the commands",
    "cleaner insert --cleans-left many": "'many' is not a number from 0 to 10000",
    "cleaner insert --timeout soon": "'soon' is not a number of seconds",
    "clean": "name a DRIVE, or say --needed",
    "clean 0 --needed": "DRIVE and --needed exclude each other",
    "operations stop": "ID is missing",
    "operations stop ": "ID is missing",
    "move -- 1 --": "more than once",
    "scsi -- 12 --": "more than once",
}


@pytest.mark.parametrize(("line", "said"), WRONG.items(), ids=lambda each: each[:40])
def test_wrong_command_line_exits_with_2_and_touches_nothing(
    terminal: Terminal, line: str, said: str
) -> None:
    terminal.makes_store = False
    run = terminal.run(*line.split(" "))
    assert (run.status, run.out) == (2, ""), run
    assert run.err and said in run.err
    assert not terminal.state.exists()
    assert not terminal.simulated.exists()


@pytest.mark.parametrize("words", [["statsu", "--json"], ["--json", "load"], ["--json"]])
def test_usage_errors_are_json_too(terminal: Terminal, words: list[str]) -> None:
    run = terminal.run(*words)
    assert json.loads(run.err)["error"]["code"] == "usage"
    assert run.error["ntms"] == {"name": "ERROR_INVALID_PARAMETER", "code": 87}


@pytest.mark.parametrize("word", ["drive:0", "mail:1", "A00001L8"])
def test_place_that_is_no_slot_is_refused_before_store_and_library_are_looked_for(
    terminal: Terminal, word: str
) -> None:
    """MS-RSMP: parameters are checked before the service and the library."""
    terminal.state.mkdir(parents=True)
    assert terminal.run("cleaner", "reserve", word).status == 2
    assert terminal.run("-l", "sim:nothing", "cleaner", "reserve", word).status == 2


def test_drive_is_named_by_its_number_alone_where_only_a_drive_can_be(terminal: Terminal) -> None:
    terminal.done("load", "1", "1")
    assert terminal.tag_at("drive:1") == "A00001L8"
    terminal.done("unload", "1")
    assert terminal.tag_at("1") == "A00001L8"


# Help


def test_program_alone_prints_its_manual_and_exits_with_2(terminal: Terminal) -> None:
    run = terminal.run()
    assert run.status == 2
    assert run.out == terminal.run("--help").out


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], ["-v", "--help"], ["help", "-v"]])
def test_manual_names_every_command(terminal: Terminal, words: list[str]) -> None:
    text = terminal.done(*words).out
    for entry in COMMANDS:
        assert f"\n  {entry.name:<12}{entry.summary}" in text
    for section in ("places:", "libraries:", "examples:", "files:", "exit status:"):
        assert f"\n{section}\n" in text
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize(
    "words",
    [[name] for name in NAMES]
    + [[command, name] for command, names in FUNCTIONS.items() for name in names],
    ids=" ".join,
)
def test_every_command_and_function_has_a_help(terminal: Terminal, words: list[str]) -> None:
    text = terminal.done(*words, "--help").out
    name = " ".join(words).replace("transfer", "move")
    assert text.startswith(f"usage: changer {name} ")
    assert text.endswith("\nglobal options: changer --help\n")
    assert terminal.done("help", *words).out == text
    for function in FUNCTIONS.get(words[0], []) if len(words) == 1 else []:
        assert f"\n    {function} " in text


def test_version_is_told(terminal: Terminal) -> None:
    from importlib.metadata import version

    assert terminal.done("--version").out == f"changer {version('changer')}\n"


def test_examples_in_the_manual_are_command_lines(terminal: Terminal) -> None:
    text = terminal.done("--help").out
    examples = text.partition("examples:\n")[2].partition("\n\n")[0].splitlines()
    commands = [example.split("   ")[0].split()[1:] for example in examples]
    assert len(commands) == 5
    for words in commands:
        entry, _, _ = parse_command_line(words)
        assert entry is not None
