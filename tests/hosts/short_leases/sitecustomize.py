"""Leases that are short, in each program of a host of the lab: a host that stops is replaced soon.

All their times are shorter by the same factor, so the rules are the same.
"""

from changer.lock import lease

lease.TERM_SECONDS = lease.MARGIN_SECONDS = 10.0
lease.RENEWAL_SECONDS = lease.TERM_SECONDS / 4
