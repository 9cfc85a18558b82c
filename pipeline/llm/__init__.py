"""Language models behind OpenAI-compatible endpoints: `open_llm(config)` and what it gives.

`providers` decides who can be asked and with which key; `endpoint` is one of them with its client;
`language_model` asks them in order and moves on from one that fails; `health` says which of them rest;
`stream` is one answer on its way; `wire` reads its bytes; `costs` reckons what it costs; `failures` puts
foreign errors into our words.
What is said to a model, and what of its text may leave, is decided elsewhere.
"""

from pipeline.llm.costs import Meter, Settle
from pipeline.llm.endpoint import ProviderState
from pipeline.llm.language_model import LanguageModel, open_llm
from pipeline.llm.providers import usable_providers
from pipeline.llm.stream import ModelStream

__all__ = [
    "LanguageModel",
    "Meter",
    "ModelStream",
    "ProviderState",
    "Settle",
    "open_llm",
    "usable_providers",
]
