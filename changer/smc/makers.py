"""Makers of libraries, by the names in their INQUIRY data, for the rows of vendor_codes."""

from __future__ import annotations

from changer.smc.elements import Model
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class Maker:
    """A maker, or one of its models: ``name`` for people, then INQUIRY's names.

    ``product``: how its product identification begins; empty for any. Case does not count, since
    a maker need not be consistent in it (Quantum, QUANTUM).
    """

    name: str
    vendor: str
    product: str = ""

    def made(self, model: Model) -> bool:
        """Whether a device with these names is one of its."""
        return model.vendor.upper() == self.vendor.upper() and model.product.upper().startswith(
            self.product.upper()
        )


Makers = tuple[Maker, ...]

# Vendor and product names: SAM-QFS, src/conf/inquiry.conf, unless another source is named.
# changer/simulator: its own libraries use Exabyte's and Tandberg's codes.
VIRTUAL: Makers = (Maker("the virtual libraries", "CHANGER"),)
EXABYTE: Makers = (Maker("Exabyte", "EXABYTE"),)
X80: Makers = (Maker("Exabyte X80", "EXABYTE", "Exabyte X80"),)
# lsscsi: "TANDBERG StorageLoader"; Tandberg made Exabyte's libraries after 2006.
TANDBERG: Makers = (Maker("Tandberg", "TANDBERG"),)
MAGNUM: Makers = EXABYTE + TANDBERG + VIRTUAL
# Their own names in INQUIRY data: SCSI references 1012975, page 6-6, and 1014826, page 6-6.
MAGNUM_1X7_ALONE: Makers = (Maker("Exabyte Magnum 1x7", "EXABYTE", "LTO 1x7"),)
# Tandberg's StorageLibrary T24 and StorageLoader 2U bear the names of the 224.
MAGNUM_224_448: Makers = (Maker("Exabyte Magnum 224 and 448", "EXABYTE", "MAGNUM "),)
MAGNUM_MODELS: Makers = MAGNUM_1X7_ALONE + MAGNUM_224_448
SLR: Makers = TANDBERG + VIRTUAL
# The table exb210 of SAM-QFS is about these as well.
OTHERS_210: Makers = (
    Maker("ATL L series", "ATL", "L"),
    Maker("Quantum L200", "QUANTUM", "Powerstor L200"),
    Maker("Overland LXB", "OVERLAND", "LXB"),
    Maker("Breece Hill Q2", "BHTi", "Q2"),
)
EXB_210: Makers = EXABYTE + OTHERS_210
# TS3100 and TS3200, whose names Dell's TL2000 and TL4000 bear as well (lsscsi, mtx inquiry).
TL: Makers = (Maker("IBM 3573-TL (Dell TL)", "IBM", "3573"),)
BDT: Makers = (Maker("HP MSL G3", "HP", "MSL G3"), Maker("BDT", "BDT"))
MSL_2024: Makers = (Maker("HP MSL G3", "HP", "MSL G3"),)
# What it is called: Remanence, fixtures/real-hardware.
MSL3040: Makers = (Maker("HPE MSL3040", "HPE", "MSL3040"),)
C7200: Makers = (Maker("HP C7200", "HP", "C7200"), Maker("HP C7145", "HP", "C7145"))
ML6000: Makers = (Maker("Dell ML6000", "DELL", "ML6"),)
# The TS3310 and the ML6000 are a Scalar i500; the PV-136T is a Scalar 100 (Windows driver kit).
TS3310: Makers = (
    Maker("IBM TS3310", "IBM", "3576"),
    Maker("ADIC Scalar", "ADIC", "Scalar"),
    Maker("Quantum Scalar", "QUANTUM", "Scalar"),
    Maker("Dell PV-136T", "DELL", "PV-136T"),
    *ML6000,
)
# Of the Scalars, those of SAM-QFS's adic100 and adic1000.
SCALAR_1_AND_I: Makers = (
    Maker("ADIC Scalar", "ADIC", "Scalar 1"),
    Maker("Quantum Scalar", "QUANTUM", "Scalar i"),
)
DLT_448: Makers = (Maker("ADIC Scalar DLT 448", "ADIC", "Scalar DLT 448"),)
# Those that Quantum made: i40, i80, i500, i2000, i3, i6 and i6000.
SCALAR_I: Makers = (Maker("Quantum Scalar", "QUANTUM", "Scalar i"),)
SCALAR_SMALL: Makers = (
    *(Maker("Quantum Scalar", "QUANTUM", f"Scalar {model}") for model in ("i40", "i80", "i500")),
)
# Its software interface guide, 81-81300-03, page 13.
SUPERLOADER_3: Makers = (Maker("Quantum SuperLoader 3", "QUANTUM", "UHDL"),)
TS3400: Makers = (Maker("IBM TS3400", "IBM", "3577"),)
TS3500: Makers = (Maker("IBM TS3500", "IBM", "03584"),)
MAGSTAR: Makers = (Maker("IBM 3570", "IBM", "03570"),)
ATL_P: Makers = (
    Maker("ATL P series", "ATL", "P"),
    Maker("ATL ACL", "ATL", "ACL"),
    Maker("ATL 7100", "ATL", "ATL7100"),
)
P_SERIES: Makers = (*(Maker(f"ATL P{size}", "ATL", f"P{size}") for size in (3000, 4000, 7000)),)
ESL9000: Makers = (Maker("HP ESL9000", "HP", "ESL"), Maker("HP ESL9000", "COMPAQ", "ESL"))
PX500: Makers = (Maker("Quantum PX500", "QUANTUM", "PX500"),)
NEO_ALONE: Makers = (Maker("Overland NEO", "OVERLAND", "NEO"),)
NEO: Makers = (
    *NEO_ALONE,
    Maker("ATL M1500", "ATL", "1500"),
    Maker("ATL M2500", "ATL", "M2500"),
    Maker("M4 Data MagFile", "M4 DATA", "MagFile"),
    *PX500,
)
SL150: Makers = (Maker("StorageTek SL150", "STK", "SL150"),)
SL500: Makers = (Maker("StorageTek SL500", "STK", "SL500"),)
SL3000_ALONE: Makers = (Maker("StorageTek SL3000", "STK", "SL3000"),)
SL4000: Makers = (Maker("StorageTek SL4000", "STK", "SL4000"),)
SL3000: Makers = SL3000_ALONE + SL4000
STK_97XX: Makers = (
    Maker("StorageTek 97xx", "STK", "97"),
    *(Maker(f"StorageTek {model}", "STK", model) for model in ("L180", "L700")),
)
STK: Makers = (Maker("StorageTek", "STK"),)
STK_L: Makers = (
    *SL500,
    *(Maker(f"StorageTek {model}", "STK", model) for model in ("L20", "L40", "L80")),
    Maker("ADIC FastStor", "ADIC", "FastStor"),
)
SPECTRA_9000: Makers = (
    Maker("Spectra 9000", "SPECTRA", "9000"),
    Maker("Spectra 10000", "SPECTRA", "10000"),
)
SPECTRA_T: Makers = (Maker("Spectra T series", "SPECTRA", "PYTHON"),)
METRUM: Makers = (
    Maker("Metrum", "METRUM"),
    Maker("Mountain Gate", "MTNGATE"),
    Maker("Spectra 2000", "SPECTRA", "215"),
)
# Of these SAM-QFS has a table of their own.
METRUM_D360: Makers = (
    Maker("Metrum D-360", "METRUM", "D-360"),
    Maker("Metrum N-300", "METRUM", "N-300"),
)
SONY: Makers = (
    Maker("Sony DMS", "SONY", "DMS"),
    *(Maker("Sony PetaSite", "SONY", f"CSM-{size}") for size in (60, 100, 200)),
)
CSM_20S: Makers = (Maker("Sony PetaSite S20", "SONY", "CSM-20S"),)
QUALSTAR: Makers = (Maker("Qualstar", "QUALSTAR"),)
# The loaders of DLT drives.
TZ_CHANGER: Makers = (
    *(Maker("DLT loader", vendor, "TZ Media Changer") for vendor in ("DEC", "QUANTUM", "SUN")),
)
# Its type of medium changer, AWS-Gateway-VTL, is named as its others are: vendor, product.
AWS: Makers = (Maker("AWS tape gateway", "AWS", "Gateway-VTL"),)
FUJITSU: Makers = (Maker("Fujitsu LT", "FUJITSU", "NML"),)
