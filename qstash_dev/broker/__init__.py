"""The life of a message, as verbs. Nothing here awaits, so every transition is atomic."""
