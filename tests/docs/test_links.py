"""Every link of the documents is valid, and their web site has all pages and loads nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, README, ROOT, Link, Page

LINKED = [*PAGES, Page("CHANGELOG.md"), Page("qstash_dev/console/ui/README.md")]
# Addresses that documents may name: the server's own, and the documentation of QStash.
ADDRESSES = ("http://127.0.0.1:8080/", "https://upstash.com/docs/")
SITE = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def wrong_links(page: Page) -> list[str]:
    """The links of a page that lead nowhere."""
    wrong = []
    for link in page.links:
        if link.target.startswith(ADDRESSES):
            continue
        file = page.path.parent / link.target
        if not file.exists() or (link.anchor and link.anchor not in anchors(page, link)):
            wrong.append(f"{link.target}#{link.anchor}")
    return wrong


def anchors(page: Page, link: Link) -> list[str]:
    """The headings of the page that a link points to, which may be its own."""
    file = page.path.parent / link.target
    return Page(str(file.relative_to(ROOT))).anchors if link.target else page.anchors


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_lead_to_what_is_there(page: Page) -> None:
    assert wrong_links(page) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[a](nowhere.md)", ["nowhere.md#"]),
        ("![a](images/nowhere.png)", ["images/nowhere.png#"]),
        ("[a](#nowhere)", ["#nowhere"]),
        ("[a](README.md#nowhere)", ["README.md#nowhere"]),
        ("[a](https://elsewhere.example/)", ["https://elsewhere.example/#"]),
        ("# A `b`: c!\n[a](#a-b-c)", []),
    ],
)
def test_wrong_links_are_noticed(text: str, wrong: list[str]) -> None:
    page = Page("README.md")
    page.text = text
    assert wrong_links(page) == wrong


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_headings_of_a_page_differ(page: Page) -> None:
    if page.name != "CHANGELOG.md":
        assert len(page.anchors) == len(set(page.anchors))


def test_pages_of_the_site_link_to_its_own_files_only() -> None:
    for page in DOCS:
        for link in page.links:
            file = (page.path.parent / link.target).resolve()
            assert link.target.startswith(ADDRESSES) or file.is_relative_to(ROOT / "docs"), link


def test_site_shows_every_page_once() -> None:
    shown = re.findall(r": (\S+\.md)$", SITE, re.MULTILINE)
    assert sorted(shown) == sorted(page.path.name for page in DOCS)


def test_readme_and_first_page_lead_to_every_page() -> None:
    names = {page.path.name for page in DOCS} - {"README.md"}
    first = Page("docs/README.md")
    assert {link.target for link in first.links if link.target.endswith(".md")} == names
    assert names <= {Path(link.target).name for link in README.links}


def test_site_fetches_nothing_from_elsewhere() -> None:
    assert "https:" not in SITE
    assert "font: false" in SITE
    # The theme fetches what draws these.
    assert not [page.name for page in DOCS if "```mermaid" in page.text]


def test_readme_is_short_and_has_one_picture() -> None:
    assert len(README.text.splitlines()) <= 140
    assert [link.is_picture for link in README.links].count(True) == 1
