"""QStash's documented rules as pure functions of frozen values: no state, no clock, no randomness, no I/O."""
