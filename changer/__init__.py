"""SCSI media changer driver with cleaner management."""
