"""Settings, and the host that they are judged on, by name: some fit, and some do not."""

from __future__ import annotations

from changer.library.settings_check import Facts, NamedBy, OnRecord, Sight
from changer.smc.elements import ElementAddressAssignment, ElementRange

HERE = Sight("HP_MSL_1", "HP_MSL", "/dev/sg3")
TWIN = Sight("HP_MSL_2", "HP_MSL", "/dev/sg5")
OTHER = Sight("IBM_TS_2", "IBM_TS", "/dev/sg4")
WITHOUT_SERIAL = Sight("ADIC_FastStor", "ADIC_FastStor", "/dev/sg6")
GONE = OnRecord("STK_L700_9", "STK_L700", "2026-01-02 03:04:05")
FILE = "/var/lib/changer/state.db, the default,"
FACTS = Facts(seen=(HERE, OTHER), on_record=(GONE,), store_source=FILE)
SHARED = Facts(seen=(HERE, OTHER), is_shared=True, store_source="store")
UNREAD = Facts(
    seen=(HERE,), on_record=None, store_trouble="it is not a database", store_source=FILE
)
OWNED = 'manager = "ssh://tape1"\n'
STORE = 'store = "postgresql:///changer"\n'
ON_EVENT = 'on_event = ["/bin/tell"]\n'


def table(name: str, *lines: str) -> str:
    return "".join(f"{each.strip()}\n" for each in (f'[library."{name}"]', *lines))


def seen(*sights: Sight) -> Facts:
    return Facts(seen=sights, on_record=(GONE,), store_source=FILE)


def with_slots(slots: int, mail_slots: int = 0) -> Facts:
    addresses = ElementAddressAssignment(
        medium_transport=ElementRange(1, 1),
        storage=ElementRange(1000, slots),
        import_export=ElementRange(10, mail_slots),
        data_transfer=ElementRange(500, 2),
    )
    return Facts(seen=(HERE,), geometries={HERE.id: addresses}, store_source=FILE)


def named(*names: NamedBy) -> Facts:
    return Facts(seen=(HERE,), named=names, store_source=FILE)


BY_VARIABLE = NamedBy("$CHANGER", HERE.id)
BY_FILE = NamedBy("default_library", HERE.id, ("default_library",))
DEFAULT = f'default_library = "{HERE.id}"\n'

# What each file sets, on which host.
CASES: dict[str, tuple[str, Facts]] = {
    "nothing is set": ("", FACTS),
    "a table by the id, and one by the model": (table("HP_MSL_1") + table("IBM_TS"), FACTS),
    # Names that stand for a library
    "a library is named by a variable": ("", named(BY_VARIABLE)),
    "a variable stands before the file": (DEFAULT, named(BY_VARIABLE, BY_FILE)),
    "the file names it, and nothing else does": (DEFAULT, named(BY_FILE)),
    "the file names it, and no name counts": (DEFAULT, FACTS),
    "names that mean nothing": (
        'default_library = "STK_L700_9"\n',
        named(
            NamedBy("$CHANGER", "nosuch", (), "no library 'nosuch'", "this host has none"),
            BY_FILE._replace(name="STK_L700_9", trouble="no library 'STK_L700_9'", is_known=True),
        ),
    ),
    "a name that counts before one that means nothing": (
        'default_library = "nosuch"\n',
        named(BY_VARIABLE, BY_FILE._replace(name="nosuch", trouble="no library 'nosuch'")),
    ),
    "a name in the file that means nothing": (
        'default_library = "nosuch"\n',
        named(BY_FILE._replace(name="nosuch", trouble="no library 'nosuch'")),
    ),
    # The whole file
    "allow_async for a store in a file": ("allow_async = true\n", FACTS),
    "allow_async for a store of several hosts": (STORE + "allow_async = true\n", SHARED),
    "allow_async that is off": ("allow_async = false\n", FACTS),
    "a variable names another store": (STORE, Facts(is_shared=True, store_source="$CHANGER_STATE")),
    "what the owner of all libraries keeps": (
        OWNED + ON_EVENT + STORE + "allow_async = true\n",
        SHARED,
    ),
    "the owner of all libraries, and one that is managed here": (
        OWNED + ON_EVENT + table("HP_MSL_1", 'manager = "here"') + table("IBM_TS_2"),
        FACTS,
    ),
    "the owners of each library": (
        ON_EVENT + table("HP_MSL_1", OWNED) + table("IBM_TS_2", OWNED),
        FACTS,
    ),
    # Ids of tables
    "records that are not known": (table("HP_MSL_1"), UNREAD),
    "records are not known, nor is a table": (table("QUANTUM_Q"), UNREAD),
    "records are not known, and a table is a device": (table("sim:demo"), UNREAD),
    "nothing is known": (table("QUANTUM_Q"), Facts(store_source=FILE)),
    "a part of an id": (table("MSL_1"), FACTS),
    "a part of two ids": (table("HP_"), seen(HERE, TWIN)),
    "other capitals": (table("hp_msl_1"), FACTS),
    "an id with more behind it": (table("HP_MSL_1_LL0"), FACTS),
    "a part of an id on record": (table("L700"), FACTS),
    "an id that is here and on record": (
        table("IBM_ts_2"),
        Facts(seen=(OTHER,), on_record=(OnRecord(OTHER.id, OTHER.model_id, "now"),)),
    ),
    "an id that is close": (table("HP_MLS_1"), FACTS),
    "an id that is close to two": (table("HP_MLS_2"), seen(HERE, TWIN)),
    "an id of nothing": (table("QUANTUM_Q"), FACTS),
    "the device of a library": (table("/dev/sg4"), FACTS),
    "another device": (table("/dev/sg7"), FACTS),
    "a virtual library by its name": (table("sim:demo"), FACTS),
    "an id on record": (table("STK_L700_9"), FACTS),
    "a model on record": (table("STK_L700"), FACTS),
    "a library of another host": (table("QUANTUM_Q", OWNED), FACTS),
    "a library of another host that is on record": (table("STK_L700_9", OWNED), FACTS),
    # Two tables for one library
    "two tables for one library": (table("HP_MSL") + table("HP_MSL_1"), FACTS),
    "two tables for the second library": (table("HP_MSL") + table("HP_MSL_1"), seen(OTHER, HERE)),
    "one by the model, for one of two": (table("HP_MSL_1") + table("HP_MSL"), seen(HERE, TWIN)),
    "one by the model, for neither of two": (
        table("HP_MSL_1") + table("HP_MSL_2") + table("HP_MSL"),
        seen(HERE, TWIN),
    ),
    "a library whose id is its model's": (table("ADIC_FastStor"), seen(WITHOUT_SERIAL)),
    "three tables that differ in capitals": (
        table("HP_MSL_1") + table("hp_MSL_1") + table("HP_msl_1"),
        FACTS,
    ),
    # Aliases
    "an alias that means nothing else": (table("HP_MSL_1", 'alias = "msl"'), FACTS),
    "an alias of a model's table": (table("HP_MSL", 'alias = "hp"'), FACTS),
    "an alias that is a part of an id here": (table("HP_MSL_1", 'alias = "ibm"'), FACTS),
    "an alias that is a part of an id on record": (table("HP_MSL_1", 'alias = "l700"'), FACTS),
    "an alias, and records that are not known": (table("HP_MSL_1", 'alias = "l700"'), UNREAD),
    "an alias that is a part of two ids": (
        table("IBM_TS_2", 'alias = "hp_msl"'),
        seen(TWIN, HERE, OTHER),
    ),
    # One library
    "what the owner of a library sets, by its table": (
        table("HP_MSL_1", OWNED, 'alias = "hp"', "fence = true", 'spent = "move:4"'),
        FACTS,
    ),
    "what the owner of a library sets, by the top": (
        OWNED + table("HP_MSL_1", 'alias = "hp"', "fence = true"),
        FACTS,
    ),
    "a fence for a store in a file": (table("HP_MSL_1", "fence = true"), FACTS),
    "a fence for a store of several hosts": (STORE + table("HP_MSL_1", "fence = true"), SHARED),
    "the library cleans, and changer after an unload": (
        table("HP_MSL_1", 'auto_clean = "library"', 'cleaning_on_the_way = "after-unload"'),
        FACTS,
    ),
    "the library cleans": (table("HP_MSL_1", 'auto_clean = "library"'), FACTS),
    "the host cleans, on the way": (
        table("HP_MSL_1", 'auto_clean = "host"', 'cleaning_on_the_way = "idle"'),
        FACTS,
    ),
    "cleaners that are hidden, and loadable": (
        table("HP_MSL_1", "cleaners_loadable = true", "cleaners_listed = false"),
        FACTS,
    ),
    "cleaners that are shown, and loadable": (table("HP_MSL_1", "cleaners_loadable = true"), FACTS),
    "cleaners that are hidden": (table("HP_MSL_1", "cleaners_listed = false"), FACTS),
    "all contradictions at once": (
        table("HP_MSL_1", "fence = true", 'auto_clean = "library"', 'cleaning_on_the_way = "idle"')
        + "cleaners_loadable = true\ncleaners_listed = false\n",
        FACTS,
    ),
    # Slots
    "slots up to the last": (
        table("HP_MSL_1", 'export_slots = "20-24"', 'spent = "move:24"'),
        with_slots(24),
    ),
    "slots behind the last": (
        table("HP_MSL_1", 'export_slots = "20-24"', 'spent = "move:24"'),
        with_slots(23),
    ),
    "one range of slots behind the last": (
        table("HP_MSL_1", 'export_slots = "20-23"', 'spent = "move:24-25"'),
        with_slots(24),
    ),
    "export slots of a library with mail slots": (
        table("HP_MSL_1", 'export_slots = "1-4"'),
        with_slots(24, 1),
    ),
    "slots for spent cleaners in a library with mail slots": (
        table("HP_MSL_1", 'spent = "move:4"'),
        with_slots(24, 1),
    ),
    "slots of a library that was not asked": (
        table("HP_MSL_1", 'spent = "move:4"', 'export_slots = "1"'),
        Facts(seen=(HERE,), not_asked={HERE.id: "it is not here"}),
    ),
    "slots of a library, of which nothing was said": (
        table("HP_MSL_1", 'spent = "move:4"'),
        Facts(seen=(HERE,)),
    ),
    "slots of a library of another host": (
        OWNED + table("HP_MSL_1") + table("IBM_TS_2", 'manager = "here"', 'spent = "move:4"'),
        seen(HERE, OTHER),
    ),
}
