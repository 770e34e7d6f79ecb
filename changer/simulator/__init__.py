"""Virtual tape library that answers CDBs with bytes.

Every byte is written here: nothing of ``changer.smc`` but the seam is imported, so that a mistake
in a parser can't hide behind the same mistake in what it parses.
"""
