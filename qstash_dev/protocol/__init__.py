"""QStash's documented rules as pure functions over frozen values: no state, clock, dice or I/O."""
