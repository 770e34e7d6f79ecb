"""A virtual tape library that answers CDBs with bytes.

It writes every byte by itself: nothing of ``changer.smc`` but the seam is imported here, so that a
mistake in a parser can't hide behind the same mistake in what it parses.
"""
