"""Which /dev/nst is which drive of tgt's library, by serial number."""

from pathlib import Path

SERIALS = ("DRV0000001", "DRV0000002")  # in tests/kernel/guest/library.sh
PAGE_HEADER = 4


def tape_devices() -> tuple[str, ...]:
    """The devices in the order of their drives' numbers in the changer."""
    found = {}
    for tape in Path("/sys/class/scsi_tape").glob("nst[0-9]"):
        # VPD page 80h, which tgt pads on the left.
        page = (tape / "device" / "vpd_pg80").read_bytes()
        found[page[PAGE_HEADER:].decode().strip(" \0")] = f"/dev/{tape.name}"
    return tuple(found[serial] for serial in SERIALS)
