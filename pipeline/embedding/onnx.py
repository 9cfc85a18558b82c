"""A model that runs in this process through fastembed and ONNX Runtime, made fit for a server.

LlamaIndex's wrapper does the embedding; what is added is when and where it runs: in threads of its
own, texts of like length together, questions that wait together.  Which model is said by `local`
and `fastembed`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.embeddings.fastembed import FastEmbedEmbedding

from pipeline.errors import EmbeddingError

Vector = list[float]
Embed = Callable[[list[str]], Iterable[Any]]  # texts to arrays of one vector each

TEXTS_AT_ONCE = 8
"""Measured with MiniLM on 256 tokens: 4 to 8 are fastest, 32 are a tenth slower and take 200 MB more."""

QUESTIONS_AT_ONCE = 8
"""Measured: 7 ms of CPU for a question alone, 5 in a batch of 8, and no less in larger ones."""


class OnnxEmbedding(FastEmbedEmbedding):
    """fastembed's model with `workers` threads, which each run one batch at a time.

    Vectors come in the order of their texts.  Raises EmbeddingError when the model does not answer.
    """

    _pool: ThreadPoolExecutor = PrivateAttr()
    _questions: "deque[tuple[str, Future[Vector]]]" = PrivateAttr()

    def __init__(self, *, workers: int, **options: Any) -> None:
        # One LlamaIndex batch for all texts of a call, so that sorting sees them together; 2048 is its limit.
        super().__init__(embed_batch_size=2048, **options)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="embedding")
        self._questions = deque()

    @classmethod
    def class_name(cls) -> str:
        return "OnnxEmbedding"

    async def aclose(self) -> None:
        """Waits for what has been asked already, then ends the threads."""
        await asyncio.to_thread(self._pool.shutdown)

    async def _aget_query_embedding(self, query: str) -> Vector:
        """Not in the event loop, which a question would block for 3 to 7 ms."""
        answer: Future[Vector] = Future()
        self._questions.append((query, answer))
        self._submit(self._answer_waiting)
        return await asyncio.wrap_future(answer)

    async def _aget_text_embedding(self, text: str) -> Vector:
        return (await self._aget_text_embeddings([text]))[0]

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Vector]:
        batches = list(_batches(texts))
        jobs = [self._submit(self._texts, [texts[i] for i in batch]) for batch in batches]
        return _in_order(batches, await asyncio.gather(*(asyncio.wrap_future(job) for job in jobs)))

    def _get_query_embedding(self, query: str) -> Vector:
        return self._run(self._model.query_embed, [query])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[Vector]:
        batches = list(_batches(texts))
        return _in_order(batches, [self._texts([texts[i] for i in batch]) for batch in batches])

    def _texts(self, texts: list[str]) -> list[Vector]:
        return self._run(self._model.passage_embed, texts)

    def _run(self, embed: Embed, texts: list[str]) -> list[Vector]:
        try:
            return [vector.tolist() for vector in embed(texts)]
        except Exception as error:  # ONNX Runtime's and the tokenizer's errors have no other base class
            raise EmbeddingError(f"{self.model_name} did not answer: {error}") from error

    def _submit(self, work: Callable[..., Any], *args: Any) -> "Future[Any]":
        try:
            return self._pool.submit(work, *args)
        except RuntimeError as error:
            raise EmbeddingError("the embedding model has been closed") from error

    def _answer_waiting(self) -> None:
        """Submitted once for each question; the first to run takes others that wait along with its own."""
        taken = list(self._take())
        if not taken:
            return
        try:
            vectors = self._run(self._model.query_embed, [question for question, _ in taken])
        except EmbeddingError as error:
            for _, answer in taken:
                answer.set_exception(error)
            return
        for (_, answer), vector in zip(taken, vectors, strict=True):
            answer.set_result(vector)

    def _take(self) -> "Iterator[tuple[str, Future[Vector]]]":
        """Up to QUESTIONS_AT_ONCE that wait and are still wanted."""
        for _ in range(QUESTIONS_AT_ONCE):
            try:
                question, answer = self._questions.popleft()
            except IndexError:  # another thread may have taken the last one since it was counted
                return
            if answer.set_running_or_notify_cancel():
                yield question, answer


def _batches(texts: list[str]) -> Iterator[list[int]]:
    """Positions of `texts`, longest first, in batches: texts of like length waste little padding."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
    for start in range(0, len(order), TEXTS_AT_ONCE):
        yield order[start : start + TEXTS_AT_ONCE]


def _in_order(batches: list[list[int]], found: list[list[Vector]]) -> list[Vector]:
    vectors = {
        i: vector
        for batch, part in zip(batches, found, strict=True)
        for i, vector in zip(batch, part, strict=True)
    }
    return [vectors[i] for i in range(len(vectors))]
