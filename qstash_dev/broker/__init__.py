"""The life of a message, one file for each stage. Nothing here awaits, so every change is atomic."""
