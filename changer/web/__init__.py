"""The server behind ``changer serve``: documents, metrics, events and the page, to look at only."""
