"""The data of each user, in memory. Each class keeps its own invariants and is given ``now_ms``."""
