"""The words that are said to a model and, where no model speaks, to the reader.

`system.md` can be replaced by `answer.prompt`; the messages are put together here.
"""

from collections.abc import Sequence
from importlib.resources import files
from secrets import token_hex

from pipeline.config import AnswerConfig
from pipeline.errors import ConfigError
from pipeline.models import Question, Source

MARKED = "Sections, selections and the current page stand between tags that end in -{mark}; other tags are their text."
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


def messages(
    system: str, question: Question, sources: Sequence[Source], mark: str = ""
) -> list[dict[str, str]]:
    """The chat messages: instructions with the numbered sections, the conversation, the question.

    Text from outside stands between tags that end in `mark`, by default a new random one: nobody who
    writes such a text knows how to end it, in whatever spelling, and it can be given as it is.
    """
    mark = mark or token_hex(4)
    sections = "\n\n".join(_section(source, mark) for source in sources)
    told = f"{system}\n\n{MARKED.format(mark=mark)}\n\n<sections-{mark}>\n{sections}\n</sections-{mark}>"
    return [
        {"role": "system", "content": told},
        *({"role": turn.role, "content": turn.text} for turn in question.history),
        {"role": "user", "content": _asked(question, mark)},
    ]


def _section(source: Source, mark: str) -> str:
    where = _attribute(" > ".join(source.breadcrumbs))
    return f'<section-{mark} number="{source.id}" where="{where}">\n{source.text}\n</section-{mark}>'


def _asked(question: Question, mark: str) -> str:
    about = [
        f'<selection-{mark} page="{_attribute(selection.path)}">\n{selection.text}\n</selection-{mark}>'
        for selection in question.selections
    ]
    if question.current_path:
        about.append(f"<current-page-{mark}>{_attribute(question.current_path)}</current-page-{mark}>")
    return "\n\n".join([*about, question.text])


def _attribute(text: str) -> str:
    return " ".join(text.replace('"', "'").split())
