"""The control API under ``/_dev/``, for tests in any language and for the console. Hosted QStash has none."""
