"""Provider `fastembed`: any model that fastembed lists, downloaded from its hub at first use."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.config import FastembedEmbedding
from pipeline.embedding.base import Embedding
from pipeline.embedding.cache import user_cache
from pipeline.errors import EmbeddingError


def open_fastembed(config: FastembedEmbedding, environ: Mapping[str, str]) -> Embedding:
    """The model by fastembed's name for it; case does not matter, as in fastembed.

    Raises EmbeddingError for a name that fastembed does not know, with near ones, and for a model
    that can neither be found in the cache folder nor downloaded.
    """
    known = _description(config.model)
    folder = config.cache_dir or _cache(environ)
    from pipeline.embedding.onnx import OnnxModel

    try:
        model = OnnxModel(
            known["model"],
            cache_dir=str(folder),
            # Such a model may be large: all cores work on one batch, else one question would take seconds.
            threads=config.threads,
            workers=1,
        )
    except (
        Exception
    ) as error:  # the hub's, its HTTP client's and ONNX Runtime's errors have no base in common
        raise EmbeddingError(
            f"embedding.model {known['model']} could not be loaded from {folder} or downloaded ({error}): "
            "connect to the network once, set embedding.cache_dir to a folder that holds it, "
            "or use `provider: local`, which needs no download"
        ) from error
    return Embedding(model, f"fastembed/{known['model']}", known["dim"], model.aclose)


def _description(name: str) -> dict[str, Any]:
    """fastembed's entry for the model."""
    from fastembed import TextEmbedding

    # Without the one that `local` registers: it cannot be opened by name.
    models = [m for m in TextEmbedding.list_supported_models() if not m["model"].startswith("fingerpost/")]
    by_name = {model["model"].lower(): model for model in models}
    if name.lower() in by_name:
        return by_name[name.lower()]
    near = difflib.get_close_matches(name.lower(), by_name, n=3, cutoff=0.4)
    names = ", ".join(by_name[key]["model"] for key in near or sorted(by_name))
    raise EmbeddingError(f"embedding.model: fastembed has no {name!r}; it has {names}")


def _cache(environ: Mapping[str, str]) -> Path:
    given = environ.get("FASTEMBED_CACHE_PATH")
    return Path(given) if given else user_cache(environ) / "fastembed"
