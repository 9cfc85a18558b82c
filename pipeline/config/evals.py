"""`evals`: how answers are measured, and what they must reach."""

from pydantic import Field, SecretStr, field_validator

from pipeline.config.base import ConfigPath, Part


class JudgeConfig(Part):
    """`evals.judge`: the language model that reads answers and says how good they are."""

    model: str
    base_url: str | None = Field(default=None, description="default: OpenAI's own")
    api_key: SecretStr | None = Field(default=None, description="default: as for llm.providers")
    timeout: float = Field(default=60, gt=0, description="seconds")
    temperature: float | None = Field(default=0, ge=0, le=2)
    headers: dict[str, str] = Field(default_factory=dict)
    concurrency: int = Field(default=4, ge=1, le=64, description="judgments at a time")
    max_failures: float = Field(
        default=0.1, ge=0, le=1, description="the share of judgments that may fail before nothing is reported"
    )


GATES = (
    "nDCG@10", "RR@10", "Success@1", "Success@5", "Recall@3", "Recall@10",
    "citation_validity", "citation_precision", "citation_recall", "answered_rightly", "refused_rightly",
    "similarity", "token_f1", "groundedness", "correctness", "relevance",
)  # fmt: skip
CEILINGS = (
    "latency_p50_ms", "latency_p95_ms", "first_token_p50_ms", "first_token_p95_ms",
    "total_p50_ms", "total_p95_ms", "cost_usd", "words", "prompt_tokens", "completion_tokens",
)  # fmt: skip
"""Metrics of `evals` that can be gated: those that should be at least, and those that should be at most."""


class EvalsConfig(Part):
    """`evals`: how answers are measured, and what they must reach."""

    path: ConfigPath | None = Field(
        default=None, description="indexes of datasets, and runs; default: .fingerpost/evals beside the file"
    )
    baseline: ConfigPath | None = Field(default=None, description="default: evals/baseline.json")
    judge: JudgeConfig | None = None
    gates: dict[str, float | dict[str, float]] = Field(
        default_factory=dict, description="a metric's limit, for every dataset or below a dataset's name"
    )

    @field_validator("gates")
    @classmethod
    def _name_metrics(cls, value: dict[str, float | dict[str, float]]) -> dict[str, float | dict[str, float]]:
        named = [key for key, limit in value.items() if not isinstance(limit, dict)]
        named += [key for limit in value.values() if isinstance(limit, dict) for key in limit]
        unknown = [key for key in named if key not in (*GATES, *CEILINGS)]
        if unknown:
            raise ValueError(
                f"there is no metric {', '.join(unknown)}; there are {', '.join((*GATES, *CEILINGS))}"
            )
        return value
