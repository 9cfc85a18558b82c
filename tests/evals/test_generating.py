"""`evals generate`: a dataset from the pages alone, which the other commands can use as it is."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evals.cases import open_dataset
from evals.generating import known_items
from pipeline.models import Page, Section
from tests.evals.conftest import Evals

GUIDE = "---\ntitle: Guide\ndescription: All that a newcomer needs.\n---\n\nHello.\n\n"


def write_site(folder: Path, **pages: str) -> Path:
    """A site of these docs pages."""
    (folder / "docs").mkdir(parents=True)
    for name, text in pages.items():
        (folder / "docs" / f"{name}.md").write_text(text)
    return folder


def asked(folder: Path) -> dict[str, str]:
    """The cases of a dataset: each question with the address of what answers it."""
    rows = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    return {row["question"]: row["relevant"][0]["url"] for row in rows}


def test_descriptions_and_headings(tmp_path: Path, evals: Evals) -> None:
    """A description asks for its page, a heading for its section, in words that name one thing alone."""
    site = write_site(
        tmp_path / "site",
        guide=GUIDE + "## Dark mode {#dark}\n\nSet it.\n\n## Usage\n\nLike this.\n\n## See also\n\nThat.\n",
        other="# Other\n\nThe first line.\n\n## See also\n\nThis.\n\n## Nothing below\n",
        draft="---\ndraft: true\n---\n\n## Not yet there\n\nSoon.\n",
    )
    made = evals(
        "generate", tmp_path / "made", "--json", site={"root": str(site), "docs": [{"path": "docs"}]}
    )
    assert made.code == 0
    assert made.json == {
        "dataset": str(tmp_path / "made"), "cases": 5, "tags": {"description": 1, "heading": 4},
        "failed": 0,
    }  # fmt: skip
    assert asked(tmp_path / "made") == {
        "All that a newcomer needs.": "/docs/guide",
        "Dark mode": "/docs/guide#dark",
        "Guide: Usage": "/docs/guide#usage",
        "Guide: See also": "/docs/guide#see-also",
        "Other: See also": "/docs/other#see-also",
    }


def test_what_is_made_can_be_measured(tmp_path: Path, guide: Path, evals: Evals) -> None:
    """The folder is a dataset without problems or notices, of the same site, and each heading is found."""
    site = {"root": str(guide), "url": "https://x.io", "docs": [{"path": "docs"}]}
    assert evals("generate", tmp_path / "made", site=site).code == 0
    dataset = open_dataset(tmp_path / "made")
    assert (dataset.name, dataset.notices, dataset.site.root) == ("made", (), guide)
    measured = evals("retrieval", "--dataset", tmp_path / "made", "--json", "--out", tmp_path / "run")
    assert measured.json["metrics"]["Success@5"] == 1


def test_the_sites_own_configuration_counts(tmp_path: Path, evals: Evals) -> None:
    """Where config.yaml names a root only, addresses are those of the site's own configuration."""
    site = write_site(tmp_path / "site", guide="# Guide\n\n## Dark mode\n\nSet it.\n")
    (site / "docusaurus.config.js").write_text(
        'module.exports = {url: "https://x.io", baseUrl: "/project/"};'
    )
    assert evals("generate", tmp_path / "made", site={"root": str(site)}).code == 0
    assert asked(tmp_path / "made") == {"Dark mode": "/project/docs/guide#dark-mode"}
    assert len(open_dataset(tmp_path / "made").judged) == 1


def test_a_dataset_is_never_overwritten(tmp_path: Path, guide: Path, evals: Evals) -> None:
    """A folder that holds a dataset is refused with 2, and stays as it was."""
    before = (guide / "cases.jsonl").read_text()
    refused = evals("generate", guide, site={"root": str(guide), "docs": [{"path": "docs"}]})
    assert refused.code == 2
    assert "cases.jsonl is there already; name a new folder" in refused.err
    assert (guide / "cases.jsonl").read_text() == before


def test_nothing_to_ask_for(tmp_path: Path, evals: Evals) -> None:
    """A site without a heading or a description makes no dataset, and the command says so with 2."""
    site = write_site(tmp_path / "site", bare="Only this.\n")
    refused = evals("generate", tmp_path / "made", site={"root": str(site), "docs": [{"path": "docs"}]})
    assert refused.code == 2
    assert "no heading or text" in refused.err
    assert not (tmp_path / "made").exists()


def test_a_page_that_cannot_be_read(tmp_path: Path, evals: Evals) -> None:
    """The others are asked about, the problem is told, and the exit code is 1."""
    site = write_site(tmp_path / "site", good="# Good\n\n## Dark mode\n\nSet it.\n")
    (site / "docs/bad.md").write_bytes(b"\xff\xfe\xff")
    made = evals("generate", tmp_path / "made", site={"root": str(site), "docs": [{"path": "docs"}]})
    assert made.code == 1
    assert "bad.md" in made.err
    assert asked(tmp_path / "made") == {"Dark mode": "/docs/good#dark-mode"}


def test_the_limit_must_be_a_count(tmp_path: Path, evals: Evals) -> None:
    """`--limit 0` is a slip of the hand: usage, exit code 2."""
    assert evals("generate", tmp_path / "made", "--limit", "0").code == 2


def page(number: int, titles: list[str], **more: Any) -> Page:
    """A page with a section for each title."""
    sections = tuple(Section(f"s{place}", title, (title,), "Text.") for place, title in enumerate(titles))
    values: dict[str, Any] = {"version": "current", "locale": "en", **more}
    return Page(f"{number}.md", f"/{number}", f"/{number}", f"Page {number}", sections=sections, **values)


def test_only_what_is_searched_by_default() -> None:
    """Older versions and other languages are not asked about: a question without a filter cannot find them."""
    pages = [
        page(1, ["Dark mode"]), page(2, ["Bright mode"], is_last_version=False),
        page(3, ["Mode sombre"], locale="fr"),
    ]  # fmt: skip
    assert [case["question"] for case in known_items(pages, "en")] == ["Dark mode"]


@given(
    st.lists(
        st.lists(st.sampled_from(["Use", "Dark mode", "dark mode", "See also"]), max_size=5), max_size=6
    ),
    st.integers(1, 12),
)
def test_questions_and_ids_differ(titles: list[list[str]], limit: int) -> None:
    """Whatever the headings: no question or id twice, never more than the limit, and the same ones again."""
    pages = [page(number, own) for number, own in enumerate(titles)]
    made, some = known_items(pages, "en"), known_items(pages, "en", limit=limit)
    for cases in (made, some):
        assert len({case["question"].casefold() for case in cases}) == len(cases)
        assert len({case["id"] for case in cases}) == len(cases)
    assert len(some) == min(limit, len(made))
    assert known_items(pages, "en", limit=limit) == some
