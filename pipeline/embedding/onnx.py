"""A model that runs in this process through fastembed and ONNX Runtime, made fit for a server.

fastembed does the embedding; what is added is when and where it runs: in threads of its own, texts of
like length together, questions that wait together.  Which model is said by `local` and `fastembed`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from pipeline.errors import EmbeddingError

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Vector = list[float]
Embed = Callable[[list[str]], Iterable[Any]]  # texts to arrays of one vector each

TEXTS_AT_ONCE = 8
"""Measured with MiniLM on 256 tokens: 4 to 8 are fastest, 32 are a tenth slower and take 200 MB more."""

QUESTIONS_AT_ONCE = 8
"""Measured: 7 ms of CPU for a question alone, 5 in a batch of 8, and no less in larger ones."""


class OnnxModel:
    """fastembed's model with `workers` threads, which each run one batch at a time.

    `options` are fastembed's own.  Vectors come in the order of their texts.  Raises EmbeddingError when
    the model does not answer.
    """

    def __init__(self, name: str, *, workers: int, **options: Any) -> None:
        from fastembed import TextEmbedding

        self.name = name
        self._model = TextEmbedding(name, **options)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="embedding")
        self._questions: deque[tuple[str, Future[Vector]]] = deque()

    async def aclose(self) -> None:
        """Waits for what has been asked already, then ends the threads."""
        await asyncio.to_thread(self._pool.shutdown)

    async def query(self, text: str) -> Vector:
        """Not in the event loop, which a question would block for 3 to 7 ms."""
        answer: Future[Vector] = Future()
        self._questions.append((text, answer))
        self._submit(self._answer_waiting)
        return await asyncio.wrap_future(answer)

    async def texts(self, texts: list[str]) -> list[Vector]:
        """Batches in all threads at once."""
        batches = list(_batches(texts))
        jobs = [self._submit(self._texts, [texts[i] for i in batch]) for batch in batches]
        return _in_order(batches, await asyncio.gather(*(asyncio.wrap_future(job) for job in jobs)))

    def query_now(self, text: str) -> Vector:
        """As `query`, in the thread that asks."""
        return self._run(self._model.query_embed, [text])[0]

    def texts_now(self, texts: list[str]) -> list[Vector]:
        """As `texts`, in the thread that asks."""
        batches = list(_batches(texts))
        return _in_order(batches, [self._texts([texts[i] for i in batch]) for batch in batches])

    def for_llama_index(self) -> "BaseEmbedding":
        from pipeline.embedding.onnx_llama import OnnxEmbedding

        return OnnxEmbedding(self)

    def _texts(self, texts: list[str]) -> list[Vector]:
        return self._run(self._model.passage_embed, texts)

    def _run(self, embed: Embed, texts: list[str]) -> list[Vector]:
        try:
            return [vector.tolist() for vector in embed(texts)]
        except Exception as error:  # ONNX Runtime's and the tokenizer's errors have no other base class
            raise EmbeddingError(f"{self.name} did not answer: {error}") from error

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
