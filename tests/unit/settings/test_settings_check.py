"""What settings are said to be wrong with, of a host that is made up."""

from __future__ import annotations

from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.library.library_settings import LibrarySettings
from changer.library.settings import configuration_of
from changer.library.settings_check import Facts, NamedBy, OnRecord, Sight, check_settings
from changer.library.settings_document import TOP_KEYS, placed, read_document
from changer.library.toml_text import toml_key, toml_value
from changer.smc.elements import ElementAddressAssignment, ElementRange

HERE = Sight("HP_MSL_1", "HP_MSL", "/dev/sg3")
OTHER = Sight("IBM_TS_2", "IBM_TS", "/dev/sg4")
GONE = OnRecord("STK_L700_9", "STK_L700", "2026-01-02 03:04:05")
FACTS = Facts(
    seen=(HERE, OTHER), on_record=(GONE,), is_shared=False, store_source="/var/lib/x, the default,"
)
SHARED = Facts(seen=(HERE,), is_shared=True, store_source="store")


def found(text: str, facts: Facts = FACTS) -> list[str]:
    """``problem 2: words``, each with its line."""
    document = read_document(text.encode())
    assert not document.mistakes
    remarks = [*check_settings(configuration_of(document), document.table, facts)]
    lines = document.lines()
    words = []
    for each in remarks:
        (where,) = placed([each.mistake], lines)
        kind = "problem" if each.is_problem else "note"
        words.append(f"{kind} {where.line}: {each.mistake.message} ({each.mistake.hint})")
    return words


def test_settings_that_fit_are_not_remarked_upon() -> None:
    assert found('[library."HP_MSL_1"]\nalias = "hp"\nenabled = false\n[library."IBM_TS"]\n') == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MSL_1", 'problem 1: library."MSL_1" has no effect: it is only a part of the id of HP_'),
        ("hp_msl_1", "differs in capitals from the id of HP_MSL_1 (on this host) (write the whole"),
        ("HP_MSL_1_LL0", "begins like the id of HP_MSL_1 (on this host)"),
        ("L700", "is only a part of the id of STK_L700_9 (on record)"),
        ("HP_MLS_1", "no library with that id is on this host now, or on record (did you mean HP_"),
        ("QUANTUM_Q", "(known: STK_L700_9, HP_MSL_1, IBM_TS_2)"),
        ("/dev/sg3", 'is a device: a table is named by an id (write [library."HP_MSL_1"])'),
        ("sim:demo", "is a device"),
        ("STK_L700_9", 'note 1: library."STK_L700_9" is on record, last seen 2026-01-02 03:04:05'),
        ("STK_L700", "note 1:"),
    ],
)
def test_a_table_for_a_library_that_is_not_here(name: str, words: str) -> None:
    (remark,) = found(f'[library."{name}"]\n')
    assert words in remark


def test_it_is_said_that_records_are_not_known() -> None:
    remarks = found('[library."X"]', Facts(on_record=None, store_trouble="it is broken"))
    assert "note None: the state store can't be read" in remarks[0] and "broken" in remarks[0]
    assert "note 1:" in remarks[1] and "on this host now (changer list" in remarks[1]


def test_two_tables_for_one_library() -> None:
    (remark,) = found('[library."HP_MSL"]\n[library."HP_MSL_1"]\n')
    assert "problem 1:" in remark and "two tables for one library" in remark
    capitals = found('[library."HP_MSL_1"]\n[library."HP_msl_1"]\n')
    assert any("differ only in capitals" in each for each in capitals)


def test_an_alias_that_is_a_part_of_a_library_without_a_table() -> None:
    (remark,) = found('[library."HP_MSL_1"]\nalias = "ibm"\n')
    assert 'problem 2: library."HP_MSL_1".alias: "ibm" is also a part of IBM_TS_2' in remark
    (remark,) = found('[library."HP_MSL_1"]\nalias = "l700"\n')
    assert "STK_L700_9 (on record)" in remark
    assert found('[library."HP_MSL_1"]\nalias = "msl"\n') == []


CONTRADICTIONS = {
    "fence = true": 'problem 2: library."HP_MSL_1".fence is for hosts that share a state store',
    'auto_clean = "library"\ncleaning_on_the_way = "idle"': "problem 3:",
    "cleaners_listed = false\ncleaners_loadable = true": "problem 3:",
}


@pytest.mark.parametrize("lines", CONTRADICTIONS)
def test_settings_of_a_library_that_contradict_each_other(lines: str) -> None:
    (remark,) = found(f'[library."HP_MSL_1"]\n{lines}\n')
    assert CONTRADICTIONS[lines] in remark


def test_a_fence_is_right_where_hosts_share_a_store() -> None:
    store = 'store = "postgresql:///c"\n'
    assert found(f'{store}[library."HP_MSL_1"]\nfence = true\n', SHARED) == []


def test_allow_async_is_for_a_database() -> None:
    (remark,) = found("allow_async = true\n")
    assert "problem 1: allow_async has no effect" in remark


def test_what_only_the_owner_of_a_library_sets() -> None:
    manager = 'manager = "ssh://tape1"'
    remarks = found(
        f'[library."HP_MSL_1"]\n{manager}\nalias = "hp"\nfence = true\nspent = "eject"\n'
    )
    assert [each.split(" has")[0] for each in remarks] == [
        'problem 4: library."HP_MSL_1".fence',
        'problem 5: library."HP_MSL_1".spent',
    ]
    remarks = found(f'{manager}\non_event = ["/bin/tell"]\n[library."X"]\nalias = "x1"\n')
    assert len(remarks) == 2
    assert "problem 2: on_event has no effect here: tape1" in remarks[0]
    assert 'note 3: library."X" is not seen here: tape1 manages it' in remarks[1]
    assert found(f'{manager}\n[library."HP_MSL_1"]\nmanager = "here"\nspent = "eject"\n') == []


def geometry(slots: int, mail: int) -> ElementAddressAssignment:
    return ElementAddressAssignment(
        medium_transport=ElementRange(1, 1),
        storage=ElementRange(1000, slots),
        import_export=ElementRange(10, mail),
        data_transfer=ElementRange(500, 2),
    )


def test_slots_that_the_library_does_not_have() -> None:
    text = '[library."HP_MSL_1"]\nexport_slots = "20-24"\nspent = "move:25"\n'
    name = "HP_MSL_1"
    facts = Facts(seen=(HERE,), geometries={name: geometry(24, 0)})
    (remark,) = found(text, facts)
    assert "problem 3:" in remark and "spent ends with slot 25" in remark and "is 24" in remark
    with_mail = found(text, Facts(seen=(HERE,), geometries={name: geometry(25, 2)}))
    assert ["note 2:" in each for each in with_mail] == [True]
    (remark,) = found(text, Facts(seen=(HERE,), not_asked={name: "it is not here"}))
    assert "note 2:" in remark and "not compared" in remark and "it is not here" in remark


def test_names_that_mean_nothing_say_where_they_are_from() -> None:
    path = ("default_library",)
    given = (
        NamedBy("$CHANGER", "nosuch", (), "no library 'nosuch'", "this host has none"),
        NamedBy("default_library", "STK_L700_9", path, "no library", None, is_known=True),
    )
    remarks = found('default_library = "STK_L700_9"\n', Facts(named=given))
    assert remarks[0] == "problem None: $CHANGER: no library 'nosuch' (this host has none)"
    assert "note 1: default_library names STK_L700_9, which is on record" in remarks[1]
    assert "note 1: default_library does not count now: $CHANGER does" in remarks[2]


VALUES = st.recursive(
    st.booleans()
    | st.integers(-10, 100_000)
    | st.sampled_from(
        ["", "here", "ssh://tape1", "move:4-9", "library", "idle", "1-4", "msl", "x"]
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)
IDS = st.sampled_from(["HP_MSL_1", "HP_MSL", "hp_msl_1", "STK_L700_9", "IBM_TS", "/dev/sg3", ""])


@examples(150)
@given(
    st.dictionaries(st.sampled_from([*TOP_KEYS, "librery"]), VALUES),
    st.dictionaries(IDS, st.dictionaries(st.sampled_from([*LibrarySettings._fields, "q"]), VALUES)),
)
def test_whatever_is_set_everything_is_said_with_its_line(
    top: dict[str, Any], tables: dict[str, dict[str, Any]]
) -> None:
    lines = [f"{key} = {toml_value(value)}" for key, value in top.items()]
    for name, table in tables.items():
        lines.append(f"[library.{toml_key(name)}]")
        lines += [f"{key} = {toml_value(value)}" for key, value in table.items()]
    document = read_document("\n".join(lines).encode())
    assert document.is_sound
    remarks = check_settings(configuration_of(document), document.table, FACTS)
    mistakes = [*document.mistakes, *(each.mistake for each in remarks)]
    for each in placed(mistakes, document.lines()):
        assert each.line is not None and 1 <= each.line <= len(lines), each
