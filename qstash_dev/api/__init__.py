"""The HTTP API: QStash's own routes in ``v2``, the Dev API in ``dev``, and how requests are read in ``http``."""
