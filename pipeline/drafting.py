"""A language model writes questions about sections, and says whether sections answer a question.

The client is the judge's: who grades answers writes the questions too.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import ModelError
from pipeline.judging import Judge, element

KINDS: Mapping[str, str] = {
    "single-section": "it is answered by the one section.",
    "two-sections": "it needs both sections, and neither answers it alone.",
    "follow-up": (
        "it leans on an earlier exchange and is understood only after it ('and on Windows?'); "
        "write that exchange too. The question itself is answered by the section."
    ),
    "version-bound": "it is answered by the section, which is of one version of the product; name no version.",
    "unknowable": (
        "it is about this product or its makers and users, and no documentation could answer it: "
        "numbers of users, plans, what another reader did, secrets."
    ),
    "off-topic": "it is a real question about something that has nothing to do with this product.",
    "nonsense": "it looks like a question, with words from the section, and means nothing.",
    "near-miss": (
        "it asks for a feature, an option or a value that such a product could well have, close to what the "
        "section says, and that the sections do not mention."
    ),
}
"""What a question can be; from `unknowable` on it must not be answerable."""
UNANSWERABLE = frozenset({"unknowable", "off-topic", "nonsense", "near-miss"})


class Draft(BaseModel):
    """A question as the model wrote it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    question: str = Field(min_length=1)
    answer: str
    before_question: str
    before_answer: str


class Check(BaseModel):
    """Whether sections answer a question; the reason comes before the verdict, so that it leads to it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str
    answered: bool


class Drafter:
    """Writes and checks questions with the model of a judge."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    async def draft(self, kind: str, sections: Sequence[str]) -> Draft:
        """A question of this kind.  Raises ModelError when there is none of the form asked for."""
        instructions = _prompt("question").replace("{kind}", KINDS[kind])
        said = await self._judge.ask(instructions, Draft, _material(sections))
        assert isinstance(said, Draft)
        if kind == "follow-up" and not (said.before_question.strip() and said.before_answer.strip()):
            raise ModelError("a follow-up without an earlier exchange")
        return said

    async def check(self, draft: Draft, sections: Sequence[str]) -> Check:
        """Whether the sections answer the question.  Raises ModelError."""
        asked = [draft.before_question, draft.before_answer, draft.question]
        question = element("question", "\n".join(text for text in asked if text.strip()))
        said = await self._judge.ask(_prompt("check"), Check, f"{_material(sections)}\n\n{question}")
        assert isinstance(said, Check)
        return said


def _material(sections: Sequence[str]) -> str:
    return "\n\n".join(element("section", text) for text in sections)


@cache
def _prompt(name: str) -> str:
    return (files("pipeline.prompts") / "drafting" / f"{name}.md").read_text(encoding="utf-8").strip()
