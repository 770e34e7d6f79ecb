"""Completion in bash, zsh and fish themselves: a TAB does in each what a person expects."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from shells import LOAD_BASH, LOAD_ZSH, SCRIPTS, Shell, offered_by_fish

from .terminal import PROGRAM, Terminal

pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of a host on which sim:demo is the library, was looked at, and has two reserved slots."""
    terminal = Terminal(tmp_path_factory.mktemp("host"))
    variables = terminal.environment(CHANGER_CONFIG="/dev/null")
    for words in (["status"], ["cleaner", "reserve", "4", "12"]):
        assert terminal.program(*words).status == 0
    return {**variables, "PATH": f"{PROGRAM.parent}:{variables['PATH']}"}


@pytest.fixture(scope="module", params=["bash", "zsh"])
def shell(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    environment: dict[str, str],
) -> Iterator[Shell]:
    load = {"bash": LOAD_BASH, "zsh": LOAD_ZSH}[request.param]
    folder = tmp_path_factory.mktemp("shell") / "home"
    with Shell(request.param, folder, environment, load) as started:
        yield started


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("changer cleaner res", "changer cleaner reserve "),
        ("changer -l sim:demo cleaner rel", "changer -l sim:demo cleaner release "),
        ("changer -l sim:d", "changer -l sim:demo "),
        ("changer --library=sim:d", "changer --library=sim:demo "),
        ("changer load 1 dr", "changer load 1 drive:"),
        ("changer load 1 drive:", "changer load 1 drive:"),
        ("changer load 1 drive:1", "changer load 1 drive:1 "),
        ("changer load A00004", "changer load A00004L8 "),
        ("changer load 'A00004", "changer load 'A00004L8' "),
        ('changer load "A00004', 'changer load "A00004L8" '),
        ("changer move A00001L8 mail:2", "changer move A00001L8 mail:2 "),
        ("changer sim create it --profile autol", "changer sim create it --profile autoloader "),
        ("changer sim create it --set slo", "changer sim create it --set slots="),
        ("changer --state /etc/host.co", "changer --state /etc/host.conf "),
        ("changer --state=/etc/host.co", "changer --state=/etc/host.conf "),
        ("changer clean /dev/nul", "changer clean /dev/null "),
        ("changer-mtx -f sim:demo inq", "changer-mtx -f sim:demo inquiry "),
        ("changer-autochanger sim:demo unl", "changer-autochanger sim:demo unload "),
        ("changer statsu", "changer statsu"),
        ("changer nothing ", "changer nothing "),
        ("changer --wait ", "changer --wait "),
    ],
)
def test_a_tab_completes_a_word(shell: Shell, line: str, completed: str) -> None:
    assert shell.after_tab(line) == completed


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("changer cleaner re", ["reserve", "release"]),
        ("changer cleaner insert ", ["4", "12"]),
        ("changer unload 0 1", ["1", "10", "11", "12"]),
        ("changer load A0", [f"A0000{number}L8" for number in range(1, 7)]),
        ("changer completion ", ["bash", "zsh", "fish"]),
        ("changer-mtx -f sim:demo load 13", ["13"]),
        ("changer-autochanger sim:demo load 1 /dev/null ", ["0", "1"]),
    ],
)
def test_a_tab_offers_what_fits_and_nothing_else(shell: Shell, line: str, words: list[str]) -> None:
    assert sorted(shell.offered(line)) == sorted(words)


def test_the_part_of_a_place_behind_its_colon_is_completed_alone_by_bash(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """For bash a colon ends a word: what comes before it stays as it is."""
    with Shell("bash", tmp_path / "home", environment, LOAD_BASH) as bash:
        assert bash.offered("changer load 1 drive:") == ["drive:0", "1"]
    whole = f"{LOAD_BASH}\nCOMP_WORDBREAKS=${{COMP_WORDBREAKS//:}}"
    with Shell("bash", tmp_path / "other", environment, whole) as bash:
        assert bash.offered("changer load 1 drive:") == ["drive:0", "drive:1"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("changer load 1 drive:", {"drive:0": "drive 0", "drive:1": "drive 1"}),
        ("changer -l sim:", {"sim:demo": "virtual library"}),
        ("changer --library=sim:", {"--library=sim:demo": "virtual library"}),
        ("changer load A00004", {"A00004L8": "slot 5"}),
        ("changer load 5", {"5": "A00004L8"}),
        ("changer cleaner insert ", {"4": "reserved", "12": "reserved"}),
        ("changer statu", {"status": "show what is in a library"}),
        ("changer --state=/etc/host.co", {"--state=/etc/host.conf": ""}),
        ("changer --state /etc/host.co", {"/etc/host.conf": ""}),
        ("changer-autochanger sim:demo load 1 /dev/null ", {"0": "drive 0", "1": "drive 1"}),
        ("changer-mtx inq", {"inquiry": ""}),
        ("changer nothing ", {}),
    ],
)
def test_fish_offers_words_and_says_what_they_are(
    environment: dict[str, str], line: str, offered: dict[str, str]
) -> None:
    assert offered_by_fish(line, environment) == offered


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_the_script_that_is_printed_is_the_one_that_is_installed(
    environment: dict[str, str], shell_name: str
) -> None:
    printed = subprocess.run(
        [PROGRAM, "completion", shell_name],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    files = {"bash": "bash/changer", "zsh": "zsh/_changer", "fish": "fish/changer.fish"}
    assert printed == (SCRIPTS / files[shell_name]).read_text()
    checked = subprocess.run(
        [shell_name, "-n"], input=printed, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_printed_script_completes_in_the_shell_that_reads_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with Shell("bash", tmp_path / "b", environment, ". <(changer completion bash)") as bash:
        assert bash.after_tab("changer cleaner res") == "changer cleaner reserve "
    zsh = "autoload -Uz compinit; compinit -u -D; source <(changer completion zsh)"
    with Shell("zsh", tmp_path / "z", environment, zsh) as started:
        assert started.after_tab("changer cleaner res") == "changer cleaner reserve "
    load = "changer completion fish | source"
    assert offered_by_fish("changer cleaner res", environment, load=load).keys() == {"reserve"}


def test_a_shell_is_told_nothing_where_the_program_is_missing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    without = {**environment, "PATH": "/usr/bin:/bin"}
    with Shell("bash", tmp_path / "b", without, LOAD_BASH) as bash:
        assert bash.after_tab("changer cleaner res") == "changer cleaner res"
    with Shell("zsh", tmp_path / "z", without, LOAD_ZSH) as zsh:
        assert zsh.after_tab("changer cleaner res") == "changer cleaner res"
    assert offered_by_fish("changer cleaner res", without) == {}
