"""Inbound I/O: one file per resource of the REST API."""
