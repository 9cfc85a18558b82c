"""The folder of prepared models: whole files or none, whoever comes first and whatever breaks."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.config import LocalEmbedding
from pipeline.embedding import Embedding, open_embedding
from pipeline.embedding.cache import prepare, user_cache
from pipeline.errors import EmbeddingError


def two_files() -> dict[str, bytes]:
    return {"a": b"first" * 100, "b": b"second"}


def never() -> dict[str, bytes]:
    raise AssertionError("built again")


def test_built_once(tmp_path: Path) -> None:
    """What is there and whole is used as it is, and nothing else is left in the folder."""
    prepare(tmp_path / "model", two_files)
    prepare(tmp_path / "model", never)
    assert (tmp_path / "model" / "a").read_bytes() == b"first" * 100
    names = {path.name for path in (tmp_path / "model").iterdir()} - {".lock"}
    assert names == {"a", "b", "manifest.json"}


@pytest.mark.parametrize("name", ["a", "b", "manifest.json"])
@pytest.mark.parametrize("damage", ["torn", "flipped", "empty", "gone"])
def test_rebuilt_when_damaged(name: str, damage: str, tmp_path: Path) -> None:
    """A torn, altered, empty or missing file is noticed and made anew."""
    prepare(tmp_path, two_files)
    path = tmp_path / name
    whole = path.read_bytes()
    broken = {"torn": whole[:-1], "flipped": bytes([whole[0] ^ 1]) + whole[1:], "empty": b""}
    path.unlink() if damage == "gone" else path.write_bytes(broken[damage])
    prepare(tmp_path, two_files)
    assert path.read_bytes() == whole
    prepare(tmp_path, never)


def test_half_written_is_never_believed(tmp_path: Path) -> None:
    """A process that dies while it builds leaves nothing that the next one would use."""

    class Died(Exception):
        pass

    def dies() -> dict[str, bytes]:
        raise Died

    with pytest.raises(Died):
        prepare(tmp_path, dies)
    (tmp_path / "a").write_bytes(b"first")  # as if it had come this far
    prepare(tmp_path, two_files)
    assert (tmp_path / "a").read_bytes() == two_files()["a"]


def test_processes_at_once(tmp_path: Path) -> None:
    """Several processes that start together build once, and all find whole files."""
    script = f"""
import os
from pathlib import Path
from pipeline.embedding.cache import prepare
folder = Path({str(tmp_path)!r})
def build():
    (folder / f"built-by-{{os.getpid()}}").touch()
    return {{"a": b"x" * 5_000_000}}
input()
prepare(folder / "model", build)
assert (folder / "model" / "a").stat().st_size == 5_000_000
"""
    command = [sys.executable, "-c", script]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(4)]
    for process in started:
        process.communicate(b"\n")
    assert [process.returncode for process in started] == [0] * 4
    assert len(list(tmp_path.glob("built-by-*"))) == 1


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A cache folder that cannot be written is reported with the option that moves it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddingError, match=r"embedding\.cache_dir"):
        prepare(tmp_path / "file" / "model", two_files)


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders are Linux's")
def test_place_of_the_cache() -> None:
    """The user's cache folder is the platform's; a relative XDG_CACHE_HOME is ignored."""
    assert user_cache({"XDG_CACHE_HOME": "/var/cache/me"}) == Path("/var/cache/me/fingerpost")
    assert user_cache({"XDG_CACHE_HOME": "here"}) == user_cache({}) == Path.home() / ".cache" / "fingerpost"


def test_default_place_is_used(tmp_path: Path, local: Embedding, graph_cache: Path) -> None:
    """Without `cache_dir` the local model lies in the user's cache folder, readable for other users."""
    embedding = open_embedding(LocalEmbedding(), {"XDG_CACHE_HOME": str(tmp_path)})
    asyncio.run(embedding.aclose())
    (made,) = tmp_path.glob("fingerpost/all-MiniLM-L6-v2-53aa5117-*/model.onnx")
    (other,) = graph_cache.glob("*/model.onnx")
    assert made.read_bytes() == other.read_bytes()
    mask = os.umask(0)
    os.umask(mask)
    assert made.stat().st_mode & 0o777 == 0o666 & ~mask
