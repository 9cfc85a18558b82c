"""`python -m tests.ingest.crashing FOLDER KILLS`: kills an ingest with -9 at random moments, again and again.

After each kill another process must find a whole index: the one before, or the new one.  Processes
are forked after the imports, so that fifty kills take a minute.
"""

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tests.ingest.synced_site import Site

PAGES = 12


def write_pages(site: Site, edition: int) -> None:
    """Every page says which edition it is of, so that a mixture would show."""
    for number in range(PAGES):
        sections = "\n\n".join(f"## Part {part}\n\nEdition {edition}, part {part}." for part in range(5))
        site.write(f"docs/page{number}.md", f"# Page {number}\n\n{sections}\n")


async def editions(site: Site) -> set[str]:
    """The editions that the current index holds; complains when a page or a chunk is missing."""
    points = await site.points()
    chunks = [p for p, _ in points.values() if p["kind"] == "chunk" and "/docs/page" in p["page"]]
    pages = [p for p, _ in points.values() if p["kind"] == "page" and "/docs/page" in p["page"]]
    assert (len(pages), len(chunks)) == (PAGES, PAGES * 5), (len(pages), len(chunks))
    return {payload["text"].split("Edition ")[1].split(",")[0] for payload in chunks}


def forked(work: Any) -> int:
    """Runs `work` in a process of its own; gives its id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def check(folder: Path, allowed: set[str]) -> None:
    """What a server would read now is whole, and of one edition."""
    found = asyncio.run(editions(Site(folder)))
    assert len(found) == 1, found
    assert found <= allowed, (found, allowed)


def main(folder: Path, kills: int) -> None:
    random.seed(7)
    site = Site(folder)
    write_pages(site, 0)
    started = time.perf_counter()
    assert os.waitpid(forked(lambda: asyncio.run(site.sync())), 0)[1] == 0
    whole = time.perf_counter() - started
    killed = 0
    for edition in range(1, kills + 1):
        write_pages(site, edition)
        pid = forked(lambda: asyncio.run(site.sync()))
        time.sleep(random.uniform(0, whole))
        os.kill(pid, signal.SIGKILL)
        killed += os.waitpid(pid, 0)[1] == signal.SIGKILL
        anything = {str(number) for number in range(edition + 1)}
        checking = forked(lambda allowed=anything: check(folder, allowed))
        assert os.waitpid(checking, 0)[1] == 0, f"edition {edition}: the index is not whole"
    assert os.waitpid(forked(lambda: asyncio.run(site.sync())), 0)[1] == 0
    assert os.waitpid(forked(lambda: check(folder, {str(kills)})), 0)[1] == 0, (
        "the last ingest did not finish"
    )
    left = len(list((folder / ".fingerpost/index/generations").iterdir()))
    print(f"{killed} of {kills} ingests killed, every index whole, {left} generations left")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
