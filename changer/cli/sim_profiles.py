"""``changer sim profiles``: the kinds of virtual libraries, and what each is made from."""

from __future__ import annotations

from changer.cli.application import Application
from changer.cli.output import columns
from changer.simulator.profile import Profile
from changer.simulator.profiles.table import PROFILES, sources_of
from changer.smc.atlas.evidence import Sources

_AFTER_NO_MODEL = "made up, after no model"


def show_profiles(application: Application) -> None:
    """Each profile: its name, INQUIRY names, size, and documents with their places."""
    found = [(name, PROFILES[name], sources_of(name)) for name in PROFILES]
    documents = [_document(*each) for each in found]
    application.output.print_json("sim-profiles", {"profiles": documents})
    rows: list[tuple[str, ...]] = []
    for name, profile, sources in found:
        first, *others = [str(each) for each in sources] or [_AFTER_NO_MODEL]
        rows.append((name, f"{profile.vendor} {profile.product}", first))
        rows += [("", "", each) for each in others]
    application.output.print(columns(rows, indent=0))


def _document(name: str, profile: Profile, sources: Sources) -> dict[str, object]:
    return {
        "name": name,
        "vendor": profile.vendor,
        "product": profile.product,
        "slots": profile.slots,
        "drives": profile.drives,
        "mail": profile.mail,
        "sources": [
            {"document": each.document.title, "place": each.place, "kind": each.document.kind.value}
            for each in sources
        ],
    }
