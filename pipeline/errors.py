"""Every error that Fingerpost raises on purpose, as one tree.

    FingerpostError
    ├── ConfigError              config.yaml cannot be used; lists every problem at once
    ├── QuestionError            the caller's question cannot be asked as it stands
    ├── NoIndex                  nothing has been ingested yet
    ├── StaleIndex               the index was built with other settings than the configuration's
    ├── StoreError               the vector store refused or could not be reached
    │   ├── StoreLocked          somebody else is writing the index
    │   └── Unsupported          a client call that the embedded store does not have
    ├── EmbeddingError           the embedding model could not be loaded or did not answer
    │   └── ModelMissing         the packaged weights are not installed
    ├── ModelError               a language model failed
    │   ├── ProviderFailed       one provider failed, before or in the middle of an answer
    │   └── ProvidersExhausted   every provider failed before its first token
    │       └── BudgetSpent      none was asked: there is no money left for it
    └── SiteError                the documentation site cannot be read at all

Each carries `code`, stable and explained in the manual (docs/api.md), and a message that says
what to do.  Foreign errors are translated where the foreign client lives, and nowhere else.
"""


class FingerpostError(Exception):
    """Base of all.  `str(error)` is the message for a person, `error.code` the one for a program."""

    code = "internal"


class ConfigError(FingerpostError):
    """config.yaml cannot be used.  `problems` holds one line for each thing wrong."""

    code = "config"

    def __init__(self, source: str, problems: list[str]) -> None:
        self.source = source
        self.problems = problems
        lines = "\n".join(f"  {line}" for line in problems)
        super().__init__(f"{source} cannot be used:\n{lines}")


class QuestionError(FingerpostError):
    """The question cannot be asked as it stands.  `field` names the part of the request."""

    code = "invalid-request"

    def __init__(self, message: str, *, field: str, code: str = "invalid-request") -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class NoIndex(FingerpostError):
    """Nothing has been ingested yet."""

    code = "no-index"


class StaleIndex(FingerpostError):
    """The index was built with another embedding model or other chunking than the configuration's."""

    code = "stale-index"


class StoreError(FingerpostError):
    """The vector store refused a call or could not be reached."""

    code = "store"


class StoreLocked(StoreError):
    """Another process is writing the index."""

    code = "store-locked"


class Unsupported(StoreError):
    """A call or an argument that the embedded store does not have."""

    code = "unsupported"


class EmbeddingError(FingerpostError):
    """The embedding model could not be loaded, or did not answer."""

    code = "embedding"


class ModelMissing(EmbeddingError):
    """The packaged weights of the local embedding model are not installed."""

    code = "model-missing"


class ModelError(FingerpostError):
    """A language model failed, before or during its answer."""

    code = "model"


class ProviderFailed(ModelError):
    """One provider failed.  `kind` is a word for it that figures are counted by.

    `retry_after` are the seconds that it wants to be left alone, None when it did not say.
    """

    def __init__(self, message: str, kind: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


class ProvidersExhausted(ModelError):
    """Every provider failed before its first token.  `failures` says which, and how."""

    code = "model-unavailable"

    def __init__(self, failures: list[str]) -> None:
        self.failures = failures
        super().__init__("no language model answered: " + "; ".join(failures))


class BudgetSpent(ProvidersExhausted):
    """No model was asked, because what its answer may cost is not left of the budget."""

    code = "budget-spent"

    def __init__(self, message: str) -> None:
        super().__init__([message])


class SiteError(FingerpostError):
    """The documentation site cannot be read at all: a folder that is not there, say."""

    code = "site"
