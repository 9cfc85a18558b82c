"""`python -m tests.ingest.differential FOLDER [--sites N] [--texts N] [--seed N]`: held against Docusaurus itself.

FOLDER has Docusaurus in its node_modules (`npm install @docusaurus/core @docusaurus/preset-classic react
react-dom`).  Random sites are written below it and read both by Docusaurus's own loader and by ours, random
texts by both Markdown readers; every difference is printed.  What Docusaurus refuses is left out.  Not part
of the tests, for it needs the packages; exits with 1 when there is a difference.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.docusaurus.markdown import Dialect
from ingest.docusaurus.site import read_site
from ingest.site_config.completing import complete_site
from ingest.site_config.running import find_node
from pipeline.config import SiteConfig
from tests.ingest.differential_cases import text_of, write_site
from tests.ingest.markdown.reading_cases import ids

SCRIPT = Path(__file__).with_suffix(".mjs")
FIELDS = ("permalink", "url", "title", "description", "draft", "unlisted", "label", "keywords", "tags")
DIALECTS = [(form, compat) for form in ("mdx", "md") for compat in (True, False)]


def docusaurus(folder: Path, questions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Docusaurus's answers to `questions`, see the script."""
    done = subprocess.run(
        ["node", str(SCRIPT), str(folder)], input="\n".join(map(json.dumps, questions)),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return map(json.loads, done.stdout.splitlines())


def site_differences(root: Path, told: list[dict[str, Any]]) -> Iterator[str]:
    """Where our pages of the site in `root` are not those that Docusaurus `told`."""
    with tempfile.TemporaryDirectory() as store:
        site, _ = complete_site(SiteConfig(root=root), Path(store), node=find_node())
    ours = {(os.path.normpath(p.source), p.locale, p.plugin, p.version): p for p in read_site(site).pages}
    theirs = {(page["source"], page["locale"], page["plugin"], page["version"]): page for page in told}
    for key in sorted(ours.keys() ^ theirs.keys()):
        yield f"{key} is a page for {'Docusaurus' if key in theirs else 'us'} alone"
    for key in sorted(ours.keys() & theirs.keys()):
        page = ours[key]
        got = {name: getattr(page, name) for name in FIELDS if name != "label"} | {
            "label": page.version_label
        }
        for name in FIELDS:
            value = list(got[name]) if name in ("keywords", "tags") else got[name]
            if value != theirs[key][name]:
                yield f"{key} {name}: Docusaurus {theirs[key][name]!r}, ours {value!r}"


def check_sites(folder: Path, seeds: range, counts: Counter[str]) -> Iterator[str]:
    """The differences of the sites of `seeds`."""
    with tempfile.TemporaryDirectory(dir=folder) as inside:
        roots = [Path(inside).resolve() / str(seed) for seed in seeds]
        for seed, root in zip(seeds, roots, strict=True):
            write_site(root, seed)
        answers = docusaurus(folder, [{"site": str(root)} for root in roots])
        for seed, root, answer in zip(seeds, roots, answers, strict=True):
            counts["sites refused" if "error" in answer else "sites"] += 1
            counts["pages"] += len(answer.get("pages", ()))
            if "error" not in answer:
                yield from (f"site {seed}: {line}" for line in site_differences(root, answer["pages"]))


def check_texts(folder: Path, seeds: range, counts: Counter[str]) -> Iterator[str]:
    """The differences of the texts of `seeds`, in all dialects."""
    cases = [(text_of(seed), *dialect) for seed in seeds for dialect in DIALECTS]
    questions = [{"text": text, "format": form, "compat": compat} for text, form, compat in cases]
    for (text, form, compat), answer in zip(cases, docusaurus(folder, questions), strict=True):
        counts["texts refused" if "error" in answer else "texts"] += 1
        dialect = Dialect("mdx" if form == "mdx" else "md", compat, compat, compat)
        if "error" not in answer and (got := ids(text, dialect)) != answer["ids"]:
            yield f"{dialect}: {text!r}\n  Docusaurus {answer['ids']}\n  ours       {got}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ingest.differential", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--texts", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    counts: Counter[str] = Counter()
    for check, number in ((check_sites, asked.sites), (check_texts, asked.texts)):
        for line in check(asked.folder, range(asked.seed, asked.seed + number), counts):
            counts["differences"] += 1
            print(line)
    print(dict(counts))
    return 1 if counts["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
