"""Events: what somebody wants to be told of a library, once, in the journal and by programs."""
