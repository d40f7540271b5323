"""What a developer or a test may do to a running server beyond the REST API of QStash."""
