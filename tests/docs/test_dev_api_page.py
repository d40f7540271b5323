"""The page on the Dev API names every route."""

from __future__ import annotations

import re

from qstash_dev.api.dev.routes import DEV_ROUTES
from tests.docs.pages import page


def test_the_table_names_every_route() -> None:
    named = " ".join(row[0] for row in page("dev-api").table("Routes"))
    for _, path, _ in DEV_ROUTES:
        last = path.replace("{id}", "ID").replace("{name}", "NAME").rpartition("/")[2]
        if last == "ID":
            last = path.split("/")[2]
        assert re.search(rf"\b{last}\b", named), path
