"""The page on the Dev API names every route, and nothing else."""

from __future__ import annotations

from qstash_dev.api.dev.routes import DEV_ROUTES
from tests.docs.pages import page, quoted


def test_the_table_names_every_route() -> None:
    named = [route for row in page("dev-api").table("Routes") for route in quoted(row[0])]
    served = [f"{method} {path.removeprefix('/_dev/')}" for method, path, *_ in DEV_ROUTES]
    assert sorted(named) == sorted(one.replace("{id}", "ID").replace("{name}", "NAME") for one in served)
