"""A language model as the judge of answers: groundedness claim by claim, correctness, relevance.

They are LlamaIndex evaluators with prompts of our own (`prompts/judging/*.md`), because LlamaIndex's
faithfulness and relevancy evaluators give no reason, read "yesterday" as YES and nonsense as NO.  Here
a judgment has a fixed form, and what does not have it is an invalid result, never a score.

This is the only place where the judge's client is made.
"""

import hashlib
import json
import os
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

from llama_index.core.evaluation import BaseEvaluator, EvaluationResult
from llama_index.core.prompts.mixin import PromptDictType
from openai import AsyncOpenAI, Omit, OpenAIError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.config import JudgeConfig, LlmConfig, ProviderConfig
from pipeline.errors import ModelError
from pipeline.llm import usable_providers

ATTEMPTS_MORE = 2  # the SDK's own default, for connections, 429 and 5xx
LARGEST_SCORE = 5


class Claim(BaseModel):
    """One claim of an answer; the reason comes before the verdict, so that it leads to it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    claim: str
    reason: str
    supported: bool


class Claims(BaseModel):
    """The judgment on groundedness."""

    model_config = ConfigDict(extra="forbid", strict=True)
    claims: list[Claim]


class Grade(BaseModel):
    """The judgment on correctness or relevance."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str
    score: int = Field(ge=1, le=LARGEST_SCORE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is judged, as the evaluators get it.  `contexts` are the sections that the answer had."""

    question: str
    answer: str
    contexts: Sequence[str] = ()
    reference: str = ""


class _Judging(BaseEvaluator):
    """One criterion: a prompt, the form of its judgment, and the score that follows from it."""

    criterion: ClassVar[str]
    form: ClassVar[type[BaseModel]]

    def __init__(self, judge: "Judge") -> None:
        self._judge = judge

    def _get_prompts(self) -> PromptDictType:
        return {}

    def _update_prompts(self, prompts_dict: PromptDictType) -> None:
        return None

    async def aevaluate(
        self,
        query: str | None = None,
        response: str | None = None,
        contexts: Sequence[str] | None = None,
        reference: str | None = None,
        **kwargs: Any,
    ) -> EvaluationResult:
        """The judgment: `score` from 0 to 1 and `feedback`, or `invalid_result` with its reason."""
        asked = Asked(query or "", response or "", tuple(contexts or ()), reference or "")
        try:
            said = await self._judge.ask(prompt(self.criterion), self.form, self._material(asked))
            score, feedback = self._score(said)
        except ModelError as error:
            return EvaluationResult(
                query=query, response=response, invalid_result=True, invalid_reason=str(error)
            )
        return EvaluationResult(query=query, response=response, score=score, feedback=feedback)

    @abstractmethod
    def _material(self, asked: Asked) -> str: ...

    @abstractmethod
    def _score(self, said: Any) -> tuple[float, str]: ...


class GroundednessEvaluator(_Judging):
    """The share of the answer's claims that its sections support."""

    criterion = "groundedness"
    form = Claims

    def _material(self, asked: Asked) -> str:
        sections = "\n\n".join(element("section", text) for text in asked.contexts)
        return f"{element('question', asked.question)}\n\n{sections}\n\n{element('answer', asked.answer)}"

    def _score(self, said: Claims) -> tuple[float, str]:
        if not said.claims:
            raise ModelError("the judge found no claim in the answer")
        held = sum(claim.supported for claim in said.claims)
        lines = [
            f"{'supported' if claim.supported else 'NOT supported'}: {claim.claim} - {claim.reason}"
            for claim in said.claims
        ]
        return held / len(said.claims), "\n".join(lines)


class _Grading(_Judging):
    form = Grade

    def _score(self, said: Grade) -> tuple[float, str]:
        return (said.score - 1) / (LARGEST_SCORE - 1), said.reason


class CorrectnessEvaluator(_Grading):
    """Whether the answer says what the reference says: 1 to 5, told as 0 to 1."""

    criterion = "correctness"

    def _material(self, asked: Asked) -> str:
        parts = {"question": asked.question, "reference": asked.reference, "answer": asked.answer}
        return "\n\n".join(element(name, text) for name, text in parts.items())


class RelevanceEvaluator(_Grading):
    """Whether the answer speaks to the question: 1 to 5, told as 0 to 1."""

    criterion = "relevance"

    def _material(self, asked: Asked) -> str:
        return f"{element('question', asked.question)}\n\n{element('answer', asked.answer)}"


EVALUATORS: tuple[type[_Judging], ...] = (GroundednessEvaluator, CorrectnessEvaluator, RelevanceEvaluator)


class Judge:
    """The judge's client.  `identity` says who judges: two runs with another one are not compared."""

    def __init__(self, client: AsyncOpenAI, config: JudgeConfig) -> None:
        self._client = client
        self._config = config
        self.identity: Mapping[str, str] = {"model": config.model, "prompts": prompt_hash()}
        self.evaluators: Mapping[str, BaseEvaluator] = {kind.criterion: kind(self) for kind in EVALUATORS}

    async def ask(self, instructions: str, form: type[BaseModel], material: str) -> BaseModel:
        """One judgment in its form.  Raises ModelError for no answer, and for any other form."""
        given = {} if self._config.temperature is None else {"temperature": self._config.temperature}
        try:
            reply = await self._client.chat.completions.parse(
                model=self._config.model,
                messages=[
                    {"role": "system", "content": instructions},
                    {"role": "user", "content": material},
                ],
                response_format=form,
                **given,  # type: ignore[arg-type]  # one optional argument, as the SDK leaves it out
            )
            said = reply.choices[0].message.parsed
        except ValidationError as error:
            raise ModelError(f"the judgment has not the form asked for: {_first(error)}") from error
        except (OpenAIError, ValueError, TypeError, IndexError) as error:
            # The last three: a 200 reply that is no chat completion, which the SDK does not check.
            raise ModelError(f"the judge did not answer: {type(error).__name__}: {error}") from error
        if said is None:
            raise ModelError("the judge declined to judge")
        return said

    async def aclose(self) -> None:
        """Ends its connections."""
        await self._client.close()


def open_judge(config: JudgeConfig, environ: Mapping[str, str] = os.environ) -> Judge | str:
    """The judge, or why there is none: a missing key.  Nothing is sent yet.

    The rules of keys and addresses are those of `llm.providers`.  Raises ConfigError.
    """
    provider = ProviderConfig(
        name="the judge",
        base_url=config.base_url,
        model=config.model,
        api_key=config.api_key,
        headers=config.headers,
    )
    usable, notices = usable_providers(LlmConfig(providers=(provider,)), environ)
    if not usable:
        return notices[0]
    found = usable[0]
    # Another endpoint than OpenAI's must see nothing of the organisation in the process's environment.
    hidden: dict[str, Any] = (
        {} if found.is_openai else {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
    )
    client = AsyncOpenAI(
        api_key=found.key,
        base_url=found.base_url,
        timeout=config.timeout,
        max_retries=ATTEMPTS_MORE,
        default_headers={**hidden, **config.headers},
    )
    return Judge(client, config)


@cache
def prompt(criterion: str) -> str:
    """The judge's instructions for one criterion."""
    return (files("pipeline.prompts") / "judging" / f"{criterion}.md").read_text(encoding="utf-8").strip()


def prompt_hash() -> str:
    """Changes with any of the judge's instructions or the form of its judgments."""
    said = [(kind.criterion, prompt(kind.criterion), kind.form.model_json_schema()) for kind in EVALUATORS]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def element(name: str, text: str) -> str:
    """Data in an element that it cannot close."""
    inside = text.replace("</", "<\u200b/")
    return f"<{name}>\n{inside}\n</{name}>"


def _first(error: ValidationError) -> str:
    item = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in item["loc"])
    return f"{where}: {item['msg']}" if where else str(item["msg"])
