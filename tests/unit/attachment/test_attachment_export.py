"""Where a library is exported, and the name of its target."""

import pytest

from changer.errors import UsageError
from changer.tcmu.iscsi import parse_portal, target_of


@pytest.mark.parametrize(
    ("text", "shown", "is_loopback"),
    [
        ("127.0.0.1", "127.0.0.1:3260", True),
        ("127.0.0.1:3261", "127.0.0.1:3261", True),
        ("192.0.2.1:860", "192.0.2.1:860", False),
        ("0.0.0.0", "0.0.0.0:3260", False),
        ("[::1]", "[::1]:3260", True),
        ("[2001:db8:0::1]:65535", "[2001:db8::1]:65535", False),
        ("[::]", "[::]:3260", False),
    ],
)
def test_portal_has_an_address_and_a_port(text: str, shown: str, is_loopback: bool) -> None:
    portal = parse_portal(text)
    assert (str(portal), portal.is_loopback) == (shown, is_loopback)


@pytest.mark.parametrize(
    "text",
    [
        *("", "demo", ":3260", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x"),
        *("127.0.0", "::1", "[::1", "[127.0.0.1.1]", "127.0.0.1:3260/x", "127.0.0.1 ", "a:1:2"),
    ],
)
def test_what_is_not_a_portal_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not an IP address") as caught:
        parse_portal(text)
    assert caught.value.hint is not None and "NAME" in caught.value.hint


def test_names_of_targets_are_fit_for_iscsi_and_differ_as_the_libraries_do() -> None:
    assert target_of("demo-1.a").name == "iqn.2026-11.internal.changer:demo-1.a"
    names = [target_of(each).name for each in ("demo_1", "Demo_1", "demo-1", "DEMO-1")]
    assert len({*names}) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-:") for name in names)
