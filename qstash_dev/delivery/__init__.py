"""Outbound I/O: what is ready is signed and sent."""
