"""``changer top``: libraries as they are now, on a whole terminal. Nothing here moves anything.

What is to be shown is decided by pure modules, in lines of words; ``application`` and what it uses
show them by textual, which is optional and imported in this room alone.
"""
