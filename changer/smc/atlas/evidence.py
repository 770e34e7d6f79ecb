"""Evidence of a row: the document that says so, and where in it."""

from __future__ import annotations

from enum import Enum

from changer.values import NamedTuple


class Kind(Enum):
    """Where a fact is known from."""

    TRACE = "hardware trace"
    MANUAL = "manual"
    PROGRAM = "another program's source"
    STANDARD = "standard"
    VIRTUAL = "virtual"


class Evidence(NamedTuple):
    """A place in a document."""

    document: Document
    place: str

    def __str__(self) -> str:
        return f"{self.document.title}, {self.place}" if self.place else self.document.title


Sources = tuple[Evidence, ...]


class Document(NamedTuple):
    """A document; ``title`` has its number, or repository and revision."""

    title: str
    kind: Kind

    def at(self, place: str = "") -> Sources:
        """One place in it; places of several documents add up."""
        return (Evidence(self, place),)


SMC_3 = Document("SMC-3 and SPC-4", Kind.STANDARD)
SIMULATOR = Document("changer/simulator", Kind.VIRTUAL)
QUADSTOR = Document(
    "QUADstor VTL 3.0.79 as MSL G3, fixtures of archivetechie/remanence @56139ae", Kind.VIRTUAL
)
# Programs that drive libraries: what their tables say was mended on real ones.
SAM = Document("SAM-QFS (cgrzemba/samqfs @9f55fcf)", Kind.PROGRAM)
WDK = Document("Windows driver kit samples, src/storage/changers", Kind.PROGRAM)
TGT = Document("tgt (f0dc199)", Kind.PROGRAM)
LTFS = Document("LTFS (LinearTapeFileSystem/ltfs @7c01479)", Kind.PROGRAM)
HPE_LTFS = Document("LTFS of HPE (nix-community/hpe-ltfs)", Kind.PROGRAM)
MHVTL = Document("mhVTL (markh794/mhvtl @fc22cc6)", Kind.VIRTUAL)
AWS_GATEWAY = Document("AWS Storage Gateway, user guide and API reference", Kind.VIRTUAL)
# What real devices sent.
CAPTURES = Document("tests/data/captures", Kind.TRACE)
REMANENCE = Document("Remanence (archivetechie/remanence @56139ae), fixtures", Kind.TRACE)
# Manuals.
DELL_TL = Document("Dell PowerVault TL2000 and TL4000, SCSI reference", Kind.MANUAL)
MAGNUM_1X7 = Document("Exabyte Magnum 1x7 LTO, SCSI reference 1012975", Kind.MANUAL)
MAGNUM_224 = Document("Exabyte Magnum 224, SCSI reference 1014826", Kind.MANUAL)
SLR_LOADER = Document("Tandberg SLR autoloader, SCSI specification 43 20 73", Kind.MANUAL)
IBM_TS3310 = Document("IBM TS3310 (a Scalar i500), setup and operator guide", Kind.MANUAL)
IBM_TS3400 = Document("IBM TS3400, service guide", Kind.MANUAL)
IBM_TS4500 = Document("IBM TS4500, SCSI reference", Kind.MANUAL)
IBM_DTL = Document("IBM Diamondback, TS4500 and TS3500, online documentation", Kind.MANUAL)
HP_ESL = Document("HP ESL9000 series (an ATL P series), user guide", Kind.MANUAL)
ATL_P4000 = Document("Quantum P4000 and P7000 libraries, user's guide", Kind.MANUAL)
ATL_P3000 = Document("ATL P3000, user guide", Kind.MANUAL)
STK_SL150 = Document("Oracle StorageTek SL150, SCSI reference E35103-07", Kind.MANUAL)
TS3100_SERVICE = Document("IBM TS3100 and TS3200, service manual", Kind.MANUAL)
DELL_ML6000 = Document("Dell PowerVault ML6000, SCSI reference", Kind.MANUAL)
SPECTRA_T_GUIDE = Document(
    "Spectra T-Series and 50-Series, developer guide 90940001 rev E", Kind.MANUAL
)
SL3000_GUIDE = Document("Oracle StorageTek SL3000, user guide (E68535)", Kind.MANUAL)
SL500_INTERFACE = Document("Sun StorageTek SL500, interface reference 96122 rev F", Kind.MANUAL)
SL150_INTERFACE = Document("Oracle StorageTek SL150, interface reference E51473-03", Kind.MANUAL)
STK_SL3000 = Document("Oracle StorageTek SL3000, SCSI reference E48570-03", Kind.MANUAL)
STK_SL4000 = Document("Oracle StorageTek SL4000, SCSI reference E76472-04", Kind.MANUAL)
SL4000_GUIDE = Document("Oracle StorageTek SL4000, library guide", Kind.MANUAL)
TS4300_GUIDE = Document("IBM TS4300, user's guide", Kind.MANUAL)
LTO_HP4 = Document("HP LTO Ultrium 4, technical reference, volume 2 (2007)", Kind.MANUAL)
LTO_STK = Document("Oracle StorageTek LTO, user guide", Kind.MANUAL)
VIPER_200 = Document("Seagate Viper 200, reference manual", Kind.MANUAL)
DLT_4700 = Document("Quantum DLT4000, DLT4500 and DLT4700, product manual", Kind.MANUAL)
DLT_7000 = Document("Quantum DLT 7000, product manual 81-60000-06", Kind.MANUAL)
DLT_8000 = Document("Quantum DLT 8000, product manual", Kind.MANUAL)
DLT_S4 = Document("Quantum DLT-S4, interface reference", Kind.MANUAL)
SDLT_320 = Document("Quantum SDLT 220 and 320, integration guide 81-81148-01", Kind.MANUAL)
SDLT_600 = Document("Quantum SDLT 600, SCSI interface guide 81-81200-02", Kind.MANUAL)
SDX_900V = Document("Sony SDX-900V (AIT-4), product specification", Kind.MANUAL)
SDX_1100V = Document("Sony SDX-1100V (AIT-5), product specification", Kind.MANUAL)
EXB_8505 = Document("Exabyte EXB-8505, product specification 510504", Kind.MANUAL)
VXA_2 = Document("Tandberg VXA-2, SCSI reference 1009566-001", Kind.MANUAL)
VXA_3 = Document("Tandberg VXA-320, SCSI reference 1013599", Kind.MANUAL)
T10000_GUIDE = Document("Sun StorageTek T10000, operator's guide 96174", Kind.MANUAL)
MSL_G3 = Document("HP MSL2024, MSL4048 and MSL8096, user guide AK378-96059", Kind.MANUAL)
MSL_EXTENDER = Document("HP MSL Library Extender, user guide AQ746-96005", Kind.MANUAL)
SL150_LIBRARY = Document("Oracle StorageTek SL150, library guide E35103-07", Kind.MANUAL)
SL150_INSTALLATION = Document("Oracle StorageTek SL150, installation manual", Kind.MANUAL)
SL500_GUIDE = Document("Sun StorageTek SL500, user's guide 96116 revision KA", Kind.MANUAL)
SCALAR_I40 = Document("Quantum Scalar i40 and i80, user's guide", Kind.MANUAL)
SUPERLOADER = Document("Quantum SuperLoader 3, software interface guide 81-81300-03", Kind.MANUAL)
SCALAR = Document("Quantum Scalar Intelligent Libraries, SCSI reference", Kind.MANUAL)

_CODES = "src/robots/generic/scsi_error/bld_codes.c"


def sam_codes(table: str) -> Sources:
    """A table of sense codes of SAM-QFS, which has one for each family of libraries."""
    return SAM.at(f"{_CODES}, {table}")
