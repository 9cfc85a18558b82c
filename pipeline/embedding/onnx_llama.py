"""A model of this process as LlamaIndex's pipelines and components take it."""

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

from pipeline.embedding.onnx import OnnxModel, Vector


class OnnxEmbedding(BaseEmbedding):
    """`model` behind LlamaIndex's methods, asynchronous and not."""

    _inner: OnnxModel = PrivateAttr()

    def __init__(self, model: OnnxModel) -> None:
        # One LlamaIndex batch for all texts of a call, so that sorting sees them together; 2048 is its limit.
        super().__init__(model_name=model.name, embed_batch_size=2048)
        self._inner = model

    @classmethod
    def class_name(cls) -> str:
        return "OnnxEmbedding"

    async def _aget_query_embedding(self, query: str) -> Vector:
        return await self._inner.query(query)

    async def _aget_text_embedding(self, text: str) -> Vector:
        return (await self._inner.texts([text]))[0]

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Vector]:
        return await self._inner.texts(texts)

    def _get_query_embedding(self, query: str) -> Vector:
        return self._inner.query_now(query)

    def _get_text_embedding(self, text: str) -> Vector:
        return self._inner.texts_now([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[Vector]:
        return self._inner.texts_now(texts)
