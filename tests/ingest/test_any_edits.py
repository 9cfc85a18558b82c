"""Whatever was edited, and wherever an ingest died: a sync makes what a clean build makes."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import EmbeddingError
from tests.conftest import write_site
from tests.fakes.embedding import HashedWords, embedding_of
from tests.ingest.synced_site import Site

NAMES = st.sampled_from(["docs/intro.md", "docs/a.md", "docs/b.mdx", "docs/deep/c.md", "docs/deep/index.md"])
WORDS = st.sampled_from(["paint", "colour", "widget", "flag"])
BODY = st.lists(WORDS, min_size=1, max_size=4).map(
    lambda words: "# Page\n\n" + "\n\n".join(f"## {word}\n\nAbout {word}." for word in words) + "\n"
)
EDIT = st.one_of(
    st.tuples(st.just("write"), NAMES, BODY),
    st.tuples(st.just("delete"), NAMES, st.just("")),
    st.tuples(st.just("move"), NAMES, NAMES),
    st.tuples(st.just("sync"), st.just(""), st.just("")),
    st.tuples(st.just("crash"), st.integers(0, 5).map(str), st.just("")),
)


class _DiesAfter(HashedWords):
    """Embeds so many texts, then fails."""

    left: int

    def _get_text_embedding(self, text: str) -> list[float]:
        if not self.left:
            raise EmbeddingError("died")
        self.left -= 1
        return super()._get_text_embedding(text)


async def apply(site: Site, edit: tuple[str, str, str]) -> None:
    """One edit of the folder, or one sync of it."""
    kind, first, second = edit
    file = site.root / first
    if kind == "write":
        site.write(first, second)
    elif kind == "delete":
        file.unlink(missing_ok=True)
    elif kind == "move" and file.exists():
        target = site.root / second
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)
    elif kind == "sync":
        await site.sync()
    elif kind == "crash":
        healthy = site.embedding
        site.embedding = embedding_of(_DiesAfter(model_name="fake/16", left=int(first)))
        try:
            await site.sync()
        except EmbeddingError:
            pass
        finally:
            site.embedding = healthy


async def edited_and_clean(edits: list[tuple[str, str, str]], folder: Path) -> tuple[object, object]:
    """The points of the index that went through all of it, and of one built from nothing."""
    site = Site(folder / "site")
    for edit in edits:
        await apply(site, edit)
        site.write("docs/always.md", "# Always\n\nThere is always one page.\n")
    await site.sync()
    clean = Site(folder / "clean")
    for page in (clean.root / "docs").rglob("*.md"):
        page.unlink()
    pages = [*(site.root / "docs").rglob("*.md"), *(site.root / "docs").rglob("*.mdx")]
    write_site(clean.root, {str(p.relative_to(site.root)): p.read_text(encoding="utf-8") for p in pages})
    await clean.sync()
    return rounded(await site.points()), rounded(await clean.points())


def rounded(points: dict[str, tuple[dict[str, object], dict[str, object]]]) -> object:
    """Vectors to six digits: the engine normalises those that are used again a second time."""
    return {
        key: (payload, [round(x, 6) for x in vector["dense"]] if vector else None)  # type: ignore[attr-defined]
        for key, (payload, vector) in points.items()
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EDIT, max_size=7))
def test_a_sync_equals_a_clean_build(edits: list[tuple[str, str, str]]) -> None:
    """Point for point: ids, payloads and vectors."""
    with tempfile.TemporaryDirectory() as folder:
        edited, clean = asyncio.run(edited_and_clean(edits, Path(folder)))
    assert edited == clean
