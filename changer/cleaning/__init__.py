"""Cleaner management: the reserved slot, its cartridge, and cleaning drives with it."""
