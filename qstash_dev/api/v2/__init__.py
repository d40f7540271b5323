"""The REST API of QStash, one file per resource."""
