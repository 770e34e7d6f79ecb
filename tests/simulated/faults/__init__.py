"""Every fault of the table, at every command of a load, an unload, a status and a release."""
