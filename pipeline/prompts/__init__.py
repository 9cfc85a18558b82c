"""The words that are said to a model and, where no model speaks, to the reader.

`system.md` can be replaced by `answer.prompt`; the messages are put together here.
"""

import re
from collections.abc import Sequence
from importlib.resources import files

from pipeline.config import AnswerConfig
from pipeline.errors import ConfigError
from pipeline.models import Question, Source

OUR_ELEMENTS = re.compile(r"<(?=/?(?:sections?|selection|current-page)\b)", re.IGNORECASE)
NOT_IN_DOCS = "NOT_IN_DOCS"
"""What the model is told to say, and nothing else, when the sections do not answer."""

REFUSAL = (
    "I couldn't find an answer to that in this documentation. "
    "Try other words, or ask about something the docs cover."
)
ELSEWHERE_INTRO = "The documentation of {here} does not say; that of {there} does:"
EXTRACTIVE_INTRO = "No language model is set up, so here are the documentation's own words:"
BUDGET_INTRO = (
    "The budget for a language model is used up for now, so here are the documentation's own words:"
)
DEGRADED_INTRO = "The language model can't be reached right now, so here are the documentation's own words:"


def system_prompt(config: AnswerConfig) -> str:
    """The instructions.  Raises ConfigError when `answer.prompt` cannot be read."""
    if config.prompt is None:
        text = (files("pipeline.prompts") / "system.md").read_text(encoding="utf-8")
    else:
        try:
            text = config.prompt.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError("config.yaml", [f"answer.prompt: {config.prompt}: {error}"]) from error
    return text.strip().replace("{not_in_docs}", NOT_IN_DOCS)


def messages(system: str, question: Question, sources: Sequence[Source]) -> list[dict[str, str]]:
    """The chat messages: instructions with the numbered sections, the conversation, the question."""
    sections = "\n\n".join(_section(source) for source in sources)
    return [
        {"role": "system", "content": f"{system}\n\n<sections>\n{sections}\n</sections>"},
        *({"role": turn.role, "content": turn.text} for turn in question.history),
        {"role": "user", "content": _asked(question)},
    ]


def _section(source: Source) -> str:
    where = _attribute(" > ".join(source.breadcrumbs))
    return f'<section number="{source.id}" where="{where}">\n{_data(source.text)}\n</section>'


def _asked(question: Question) -> str:
    about = [
        f'<selection page="{_attribute(selection.path)}">\n{_data(selection.text)}\n</selection>'
        for selection in question.selections
    ]
    if question.current_path:
        about.append(f"<current-page>{_data(question.current_path)}</current-page>")
    return "\n\n".join([*about, question.text])


def _data(text: str) -> str:
    """Text from outside cannot close the element that it stands in."""
    return OUR_ELEMENTS.sub("<\u200b", text)


def _attribute(text: str) -> str:
    return _data(text).replace('"', "'").replace("\n", " ")
