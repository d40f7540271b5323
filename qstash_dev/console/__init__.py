"""The console: pages in the browser that show everything. Their sources are in ``ui/``, built into ``static/``."""
