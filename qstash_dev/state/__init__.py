"""The nouns the server remembers; each keeps its own invariants and takes ``now_ms`` as an argument."""
