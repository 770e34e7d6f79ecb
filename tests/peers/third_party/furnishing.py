"""Puts into a new library what a program could misread."""

from kernel.attached_library import AttachedLibrary
from waiting import wait_until

from .tool import run, told


def furnish(library: AttachedLibrary) -> None:
    """A cartridge in a drive, one without a label, cleaners, a magazine out; nothing to announce.

    Slot 1's cartridge is in drive 0. In a P3000 the cleaner of slot 21 is in drive 1. In an L700
    the cartridge of slot 3 was taken out through mail slot 2.
    """
    profile = library.truth.profile
    library.operate("remove 2")
    library.operate("insert - 2")
    if profile.mail and not library.truth.cartridge_at("mail:1"):
        library.operate("put CLN777CU mail:1")
    if profile.geometry.magazines > 1:
        library.fault(f"magazine-out {profile.geometry.magazines}")
    meet_unit_attentions(library)
    told("mtx", "-f", library.device, "load", "1", "0")
    # The first command after that meets a unit attention.
    wait_until(lambda: run("sg_turs", library.drives[0]["generic"]).exit_status == 0)
    if profile.remains_in_mail:
        told("mtx", "-f", library.device, "transfer", "3", str(profile.slots + 2))
        library.operate("take mail:2")
        meet_unit_attentions(library)
    if profile.cleaner_home_sense:
        told("mtx", "-f", library.device, "load", "21", "1")


def meet_unit_attentions(library: AttachedLibrary) -> None:
    """The changer has announced what was done to it by hand."""
    announced = run("sg_turs", "--number=9", library.device)
    assert announced.exit_status == 0, announced
