"""``/_dev/``: what tests and developers may do to the server, in any language. QStash has nothing like it."""
