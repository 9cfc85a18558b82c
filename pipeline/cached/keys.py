"""When two questions are one question: everything that an answer is made from is in its key.

The key holds the index's generation and revision, the settings and prompts, the scope, the reader's page,
the conversation and the marked text.  So an answer about docs that have changed, or from another version
or language, has another key and cannot be found.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import orjson

from pipeline.config import AnswerConfig, LlmConfig, QueryConfig
from pipeline.live import Served
from pipeline.models import Question
from pipeline.prompts import ELSEWHERE_INTRO, EXTRACTIVE_INTRO, REFUSAL, system_prompt
from pipeline.sparse import query_vector

WORD = re.compile(r"[\w@.+#/-]*\w")
_SMALL = """
a an the i you we it they he she me my your our its their one that this these those there here is are was were
be been being am do does did done have has had can could will would to of for with and or in how what which please
"""
FUNCTION_WORDS = frozenset(_SMALL.split())
"""English words that two ways to ask the same may differ in.  Not among them are those that turn a question
round: on, off, not, without, from, before, why, when, must."""

FORM = 1  # raise it when kept answers can no longer be read


@dataclass(frozen=True, slots=True)
class Key:
    """`exact` names one question; `near` all first questions that may share an answer when they mean the same,
    None for one that leans on a conversation or on marked text.  `revision` is the index's."""

    exact: str
    near: str | None
    revision: str


class Keys:
    """Makes keys for one configuration; all processes with the same one make the same."""

    def __init__(
        self, sections: tuple[QueryConfig, AnswerConfig, LlmConfig], embedding: str, asked: Sequence[str]
    ) -> None:
        """`sections` are all of config.yaml that makes an answer, `embedding` is the model's name, `asked` names
        the providers that have a key: what was answered without a model is not told again when there is one.
        Raises ConfigError when `answer.prompt` cannot be read.
        """
        query, answer, llm = sections
        providers = [
            provider.model_dump(
                mode="json", include={"name", "base_url", "model", "temperature", "max_tokens"}
            )
            for provider in llm.providers
        ]
        self._same_words = answer.cache.same_words
        self._settings = _digest(
            FORM,
            version("fingerpost"),
            embedding,
            query.model_dump(mode="json"),
            answer.model_dump(mode="json", exclude={"cache", "prompt"}),
            [system_prompt(answer), REFUSAL, ELSEWHERE_INTRO, EXTRACTIVE_INTRO],
            [llm.offline, providers, list(asked)],
        )

    def key(self, question: Question, served: Served) -> Key:
        """The key of `question` while `served` answers."""
        about = asdict(question)
        text = spoken(about.pop("text"))
        place = [self._settings, served.generation.name, served.manifest.revision]
        alone = not question.history and not question.selections
        words = telling(text) if self._same_words else []
        near = _digest(*place, about, words) if alone else None
        return Key(_digest(*place, about, text), near, served.manifest.revision)


def spoken(text: str) -> str:
    """The text without what nobody means by it: two ways to write one letter, white space around it and,
    on a single line, runs of it.  In several lines it may be code, where it counts."""
    text = unicodedata.normalize("NFC", text).strip()
    return text if "\n" in text else " ".join(text.split())


def telling(text: str) -> list[str]:
    """The words that tell what is asked, stemmed, in their order.

    Embedding models put "limits on" beside "limits off", and "A instead of B" beside "B instead of A".
    """
    words = [word for word in WORD.findall(text.lower()) if word not in FUNCTION_WORDS]
    # What the encoder cuts or leaves out, "2.0" or "not", is the word itself.
    return [str(stems[0]) if len(stems := query_vector(word).indices) == 1 else word for word in words]


def _digest(*parts: Any) -> str:
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:40]
