"""Delivery: ready messages are signed and sent to their destinations."""
