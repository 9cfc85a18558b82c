"""all-MiniLM-L6-v2 as an ONNX graph: which weights, and how they are wired.

The network is BERT (6 layers, 12 heads, 384 wide) with mean pooling and L2 normalisation, as in
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2.  It is written with ONNX Runtime's own
fused operators (domain com.microsoft), so that nothing depends on its optimiser recognising them
and a session opens without that work.  Where files lie and who runs the graph is in `local`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from onnx import ModelProto, NodeProto, TensorProto

    Weights = Mapping[str, np.ndarray[Any, np.dtype[np.float32]]]

MODEL = "all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors as published (revision 1110a243) and as the package carries it."""

TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
"""Of tokenizer.json, likewise."""

GRAPH_VERSION = 2
"""Raise it whenever `build_graph` or the files beside the graph change: cached graphs are keyed by it."""

DIMENSIONS = 384
MAX_TOKENS = 256
"""max_seq_length of the model's sentence_bert_config.json; what is longer is cut."""

LAYERS = 6
HEADS = 12
EPSILON = 1e-12
FUSED = "com.microsoft"
PAGE = 65536  # bytes; where a constant may begin in a file that is mapped: the largest page of any system
SMALL = 1024  # bytes; shorter constants stand in the graph


@dataclass(slots=True)
class _Graph:
    """Nodes and constants as they are added; every method returns the name of its output."""

    weights: "Weights"
    location: str
    nodes: "list[NodeProto]" = field(default_factory=list)
    constants: "list[TensorProto]" = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)

    def constant(self, name: str, value: Any) -> str:
        from onnx import external_data_helper, numpy_helper

        tensor = numpy_helper.from_array(value, name)
        if len(tensor.raw_data) > SMALL:
            self.data.extend(bytes(-len(self.data) % PAGE))
            external_data_helper.set_external_data(
                tensor, self.location, offset=len(self.data), length=len(tensor.raw_data)
            )
            self.data.extend(tensor.raw_data)
            tensor.ClearField("raw_data")
        self.constants.append(tensor)
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def matrix(self, name: str) -> str:
        """A linear layer's weight, turned from [out, in] as stored to [in, out] as MatMul wants it."""
        return self.constant(name, _turned(self.weights[name]))

    def node(self, operator: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, outputs, name=outputs[0], **attributes))
        return outputs[0]


def build_graph(weights: "Weights", location: str) -> "tuple[ModelProto, bytes]":
    """The graph for `weights` (name to float32 array, the names of the safetensors file), and its constants.

    The constants are to lie in the file `location` beside the graph.  ONNX Runtime maps it: what is
    looked up, and not multiplied, is read where it lies, and all processes share it.

    In: `input_ids` and `attention_mask`, int64 [batch, tokens].  Out: `sentence_embedding`,
    float32 [batch, 384], each of length 1.  Token types are all 0 and so are no input.
    """
    from onnx import TensorProto, helper

    graph = _Graph(weights, location)
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    hidden = _embeddings(graph)
    for layer in range(LAYERS):
        hidden = _layer(graph, hidden, mask, f"encoder.layer.{layer}")
    _pooling(graph, hidden)
    shape = ["batch", "tokens"]
    body = helper.make_graph(
        graph.nodes,
        MODEL,
        [helper.make_tensor_value_info(n, TensorProto.INT64, shape) for n in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", DIMENSIONS])],
        graph.constants,
    )
    domains = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
    # IR 8 goes with opset 17: readable by every ONNX Runtime since 1.14.
    model = helper.make_model(body, opset_imports=domains, ir_version=8, producer_name="fingerpost")
    return model, bytes(graph.data)


def _embeddings(graph: _Graph) -> str:
    """Word + position + token type 0, then layer normalisation."""
    from onnx import TensorProto

    ids = graph.node("Cast", ["input_ids"], "ids", to=TensorProto.INT32)
    position = graph.weights["embeddings.position_embeddings.weight"]
    token_type = graph.weights["embeddings.token_type_embeddings.weight"][0]
    words = graph.weight("embeddings.word_embeddings.weight")
    places = graph.constant("places", position + token_type)
    norm = [graph.weight("embeddings.LayerNorm.weight"), graph.weight("embeddings.LayerNorm.bias")]
    return graph.node(
        "EmbedLayerNormalization",
        [ids, "", words, places, "", *norm],
        "embedded",
        "token counts",  # an output the operator insists on; nobody reads it
        domain=FUSED,
        epsilon=EPSILON,
    )


def _layer(graph: _Graph, hidden: str, mask: str, name: str) -> str:
    """Self-attention and feed-forward, each with its residual and layer normalisation."""
    weight, bias = _joined_heads(graph, f"{name}.attention.self")
    attended = graph.node(
        "Attention", [hidden, weight, bias, mask], f"{name}.attended", domain=FUSED, num_heads=HEADS
    )
    hidden = _dense_and_norm(graph, attended, hidden, f"{name}.attention.output")
    wide = graph.node("MatMul", [hidden, graph.matrix(f"{name}.intermediate.dense.weight")], f"{name}.wide")
    bias = graph.weight(f"{name}.intermediate.dense.bias")
    active = graph.node("BiasGelu", [wide, bias], f"{name}.active", domain=FUSED)
    return _dense_and_norm(graph, active, hidden, f"{name}.output")


def _joined_heads(graph: _Graph, name: str) -> tuple[str, str]:
    """Query, key and value side by side: [384, 3 * 384] and [3 * 384]."""
    import numpy as np

    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    weight = np.concatenate([_turned(graph.weights[f"{part}.weight"]) for part in parts], axis=1)
    bias = np.concatenate([graph.weights[f"{part}.bias"] for part in parts])
    return graph.constant(f"{name}.weight", weight), graph.constant(f"{name}.bias", bias)


def _dense_and_norm(graph: _Graph, inner: str, residual: str, name: str) -> str:
    dense = graph.node("MatMul", [inner, graph.matrix(f"{name}.dense.weight")], f"{name}.dense")
    norm = [graph.weight(f"{name}.LayerNorm.weight"), graph.weight(f"{name}.LayerNorm.bias")]
    bias = graph.weight(f"{name}.dense.bias")
    return graph.node(
        "SkipLayerNormalization", [dense, residual, *norm, bias], name, domain=FUSED, epsilon=EPSILON
    )


def _pooling(graph: _Graph, hidden: str) -> str:
    """The sum over a text's tokens, scaled to length 1: the same as their mean, scaled to length 1."""
    import numpy as np
    from onnx import TensorProto

    floats = graph.node("Cast", ["attention_mask"], "mask.float", to=TensorProto.FLOAT)
    middle = graph.constant("middle", np.array([1], dtype=np.int64))
    row = graph.node("Unsqueeze", [floats, middle], "mask.row")
    total = graph.node("Squeeze", [graph.node("MatMul", [row, hidden], "pooled"), middle], "total")
    return graph.node("LpNormalization", [total], "sentence_embedding", axis=-1, p=2)


def _turned(weight: Any) -> Any:
    import numpy as np

    return np.ascontiguousarray(weight.T)
