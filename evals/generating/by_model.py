"""Cases that a model writes: questions of several kinds, each checked against the site's sections.

What is finished is kept line by line beside the dataset, so that a run that was broken off goes on
where it was, and nothing is paid for twice.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.answers.turns import in_turns
from evals.errors import DatasetError
from pipeline.errors import ModelError
from pipeline.models import Page, Section

if TYPE_CHECKING:  # heavy: not for --help
    from pipeline.drafting import Draft, Drafter

CALLS_A_CASE = 2
ORDER = (
    "single-section", "near-miss", "two-sections", "single-section", "off-topic", "follow-up",
    "version-bound", "unknowable", "single-section", "nonsense",
)  # fmt: skip
"""The kinds, again and again: six of ten to be answered."""
FEWEST_WORDS = 15  # of a section that is asked about
PROGRESS = "generating.jsonl"

Search = Callable[[str], Awaitable[Sequence[str]]]
"""The texts of the sections that the site's own search finds for a question."""


@dataclass(frozen=True, slots=True)
class Job:
    """One case to be written, about these sections."""

    key: str
    kind: str
    places: tuple[tuple[Page, Section], ...]

    @property
    def texts(self) -> list[str]:
        return [f"{' > '.join(section.breadcrumbs)}\n\n{section.text}" for _, section in self.places]


def jobs(pages: Sequence[Page], locale: str, limit: int) -> list[Job]:
    """So many jobs, their sections spread over the site; the same site gives the same jobs."""
    places = [
        (page, section)
        for page in pages
        if page.locale == locale and not page.draft and not page.unlisted
        for section in page.sections
        if len(section.text.split()) >= FEWEST_WORDS
    ]
    last = [place for place in places if place[0].is_last_version]
    several = len({page.version for page, _ in places}) > 1
    return (
        [_job(number, limit, places if several else last, last, several) for number in range(limit)]
        if last
        else []
    )


def _job(
    number: int,
    limit: int,
    places: list[tuple[Page, Section]],
    last: list[tuple[Page, Section]],
    several: bool,
) -> Job:
    kind = ORDER[number % len(ORDER)]
    if kind == "version-bound" and not several:
        kind = "single-section"
    chosen = places if kind == "version-bound" else last
    place = number * len(chosen) // limit
    page, section = chosen[place]
    found = [(page, section)]
    if kind == "two-sections":
        others = [other for other in chosen if other[1] is not section]
        near = [other for other in others if other[0] is page] or others
        found += [near[place % len(near)]] if near else []
    return Job(f"{number:04}-{kind}", kind, tuple(found))


async def generate(
    drafter: "Drafter", search: Search, wanted: Sequence[Job], folder: Path,
    *, concurrency: int, progress: Callable[[int, int], None],
) -> tuple[list[dict[str, Any]], list[str]]:  # fmt: skip
    """The cases in the jobs' order, and a line for each job that gave none.

    Raises DatasetError when what is finished cannot be kept.
    """
    done = _finished(folder)
    failures: dict[str, str] = {}

    async def one(job: Job) -> None:
        try:
            case = await _case(drafter, search, job)
            _keep(folder, job.key, case)
            done[job.key] = case
        except ModelError as error:
            failures[job.key] = str(error)
        progress(len(done) + len(failures), len(wanted))

    await in_turns([partial(one, job) for job in wanted if job.key not in done], concurrency)
    cases = [done[job.key] for job in wanted if job.key in done]
    return _once(cases), [f"{job.key}: {failures[job.key]}" for job in wanted if job.key in failures]


async def _case(drafter: "Drafter", search: Search, job: Job) -> dict[str, Any]:
    """Raises ModelError when the model gives nothing, or a question that is not of its kind."""
    from pipeline.drafting import UNANSWERABLE

    draft = await drafter.draft(job.kind, job.texts)
    refused = job.kind in UNANSWERABLE
    against = [*job.texts, *(await search(draft.question) if refused else [])]
    check = await drafter.check(draft, against)
    if check.answered is refused:
        what = "has an answer after all" if refused else "is not answered by its sections"
        raise ModelError(f"{draft.question!r} {what}: {check.reason}")
    return _plain(job, draft, refused=refused)


def _plain(job: Job, draft: "Draft", *, refused: bool) -> dict[str, Any]:
    """The case in the form of docs/evals.md."""
    labels = [{"url": f"{page.permalink}#{section.anchor}"} for page, section in job.places]
    case: dict[str, Any] = {
        "id": job.key,
        "question": draft.question.strip(),
        "tags": [job.kind, "generated"],
    }
    if job.kind == "follow-up":
        case["history"] = [
            {"role": "user", "text": draft.before_question}, {"role": "assistant", "text": draft.before_answer},
        ]  # fmt: skip
    if job.kind == "version-bound":
        case["filter"] = {"version": job.places[0][0].version}
    if refused:
        return {**case, "expect": "refuse"}
    return {**case, "relevant": labels, "answer": draft.answer.strip(), "expect": "answer"}


def _once(cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each question once: models repeat themselves."""
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for case in cases:
        seen.setdefault((case["question"].casefold(), json.dumps(case.get("history"))), case)
    return list(seen.values())


def _finished(folder: Path) -> dict[str, dict[str, Any]]:
    return dict(_kept(folder / PROGRESS))


def _kept(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            value = json.loads(line)
            yield value["key"], value["case"]
        except (ValueError, KeyError, TypeError):
            continue  # the line that was being written when the run was broken off


def _keep(folder: Path, key: str, case: dict[str, Any]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / PROGRESS).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "case": case}, ensure_ascii=False) + "\n")
    except OSError as error:
        raise DatasetError(str(folder), [f"cannot be written: {error}"]) from error
