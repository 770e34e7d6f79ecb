"""Numbers on a command line: the least and the most that each option takes, and what it refuses."""

from __future__ import annotations

import pytest

from changer.cli.parser import parse_command_line
from changer.errors import UsageError

TEN_DAYS = "864000"

TAKEN: dict[str, tuple[str, float]] = {
    "status --wait=0": ("wait", 0.0),
    "status --wait=0.5": ("wait", 0.5),
    f"status --wait={TEN_DAYS}": ("wait", 864_000.0),
    "load 1 --ready-timeout=0": ("ready_timeout", 0.0),
    f"load 1 --ready-timeout={TEN_DAYS}": ("ready_timeout", 864_000.0),
    "cleaner insert --timeout=0": ("timeout", 0.0),
    "cleaner eject --timeout=1e3": ("timeout", 1000.0),
    "cleaner insert --cleans-left=0": ("cleans_left", 0),
    "cleaner insert --cleans-left=10000": ("cleans_left", 10_000),
    "history --limit=1": ("limit", 1),
    "history --limit=1000000": ("limit", 1_000_000),
    "history --limit=000000000007": ("limit", 7),
    "import --count=1": ("count", 1),
    "import --count=65535": ("count", 65_535),
    "sim create it --slots=0": ("slots", 0),
    "sim create it --slots=65535": ("slots", 65_535),
    "sim create it --drives=0000": ("drives", 0),
    "watch --interval=5": ("interval", 5.0),
    f"top --interval={TEN_DAYS}": ("interval", 864_000.0),
    "watch": ("interval", 30.0),
    "top": ("interval", 30.0),
}
REFUSED: dict[str, str] = {
    "status --wait=-0.1": "--wait: '-0.1' is not a number of seconds",
    "status --wait=864000.1": "--wait: '864000.1' is not a number of seconds",
    "status --wait=nan": "--wait: 'nan' is not a number of seconds",
    "status --wait=inf": "--wait: 'inf' is not a number of seconds",
    "status --wait=": "--wait: '' is not a number of seconds",
    "load 1 --ready-timeout=-1": "--ready-timeout: '-1' is not a number of seconds",
    "export A --timeout=864001": "--timeout: '864001' is not a number of seconds",
    "import --timeout=864001": "--timeout: '864001' is not a number of seconds",
    "cleaner insert --cleans-left=10001": "--cleans-left: '10001' is not a number from 0 to 10000",
    "cleaner insert --cleans-left=-1": "--cleans-left: '-1' is not a number from 0 to 10000",
    "cleaner insert --cleans-left=": "--cleans-left: '' is not a number from 0 to 10000",
    "cleaner insert --cleans-left=+1": "--cleans-left: '+1' is not a number from 0 to 10000",
    "cleaner insert --cleans-left=1_0": "--cleans-left: '1_0' is not a number from 0 to 10000",
    "cleaner insert --cleans-left=²": "--cleans-left: '²' is not a number from 0 to 10000",
    "history --limit=0": "--limit: '0' is not a number from 1 to 1000000",
    "history --limit=1000001": "--limit: '1000001' is not a number from 1 to 1000000",
    "history --limit=10000000": "--limit: '10000000' is not a number from 1 to 1000000",
    "import --count=0": "--count: '0' is not a number from 1 to 65535",
    "import --count=65536": "--count: '65536' is not a number from 1 to 65535",
    "sim create it --mail=65536": "--mail: '65536' is not a number from 0 to 65535",
    "sim create it --cleaners=-1": "--cleaners: '-1' is not a number from 0 to 65535",
    "watch --interval=4.9": "--interval: '4.9' is not a number of seconds from 5 on",
    "top --interval=864001": "--interval: '864001' is not a number of seconds",
}


@pytest.mark.parametrize("line", TAKEN)
def test_a_number_is_taken_from_the_least_to_the_most(line: str) -> None:
    name, value = TAKEN[line]
    _, options, namespace = parse_command_line(line.split(" "))
    found = getattr(options if name == "wait" else namespace, name)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("line", REFUSED)
def test_a_number_beyond_them_is_refused_in_words(line: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_command_line(line.split(" "))
    assert refused.value.message == REFUSED[line]
