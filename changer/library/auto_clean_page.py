"""Sign in a mode page of its maker's own that the library cleans its drives itself."""

from __future__ import annotations

from contextlib import suppress

from changer.errors import ChangerError
from changer.library.session import Session
from changer.smc.atlas.auto_clean_pages import AUTO_CLEAN_PAGES
from changer.smc.mode_sense import makers_page


def sign_by_page(session: Session) -> str | None:
    """What such a page says, as a clause, if its model has one; None: nothing, or not so."""
    for row in AUTO_CLEAN_PAGES:
        if row.fits(session.model):
            with suppress(ChangerError):
                page = session.send(makers_page(row.page))
                if page and page[0] & row.mask == row.mask:
                    return f"automatic cleaning is switched on (mode page {row.page:02X}h)"
    return None
