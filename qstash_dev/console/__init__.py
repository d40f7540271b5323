"""The console: pages in the browser that show and do everything. Its front end is in ``ui/``, built into ``static/``."""
