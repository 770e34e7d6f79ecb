"""SCSI media changer protocol: bytes to values and back, without I/O."""
