"""Development features beyond the REST API of QStash: time travel, faults, mappings, inboxes and reset."""
