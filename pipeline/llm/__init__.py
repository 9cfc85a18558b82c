"""Language models behind OpenAI-compatible endpoints: `open_llm(config)` and what it gives.

`providers` decides who can be asked and with which key; `language_model` holds the clients, the only
ones for chat in the project, and moves on from one that fails; `health` says which of them rest;
`stream` is one answer on its way; `wire` reads its bytes; `failures` puts foreign errors into our words.
What is said to a model, and what of its text may leave, is decided elsewhere.
"""

from pipeline.llm.language_model import LanguageModel, ProviderState, open_llm
from pipeline.llm.providers import usable_providers
from pipeline.llm.stream import ModelStream

__all__ = ["LanguageModel", "ModelStream", "ProviderState", "open_llm", "usable_providers"]
