"""An ingest asks an endpoint as fast as it may: several batches at once, within limits, patient when it is busy."""

import asyncio
import time

import pytest
from aiolimiter import AsyncLimiter

from pipeline.embedding.pace import Pace
from pipeline.errors import EmbeddingError
from tests.pipeline.embedding.endpoint import serve
from tests.pipeline.embedding.test_openai import opened

TEXTS = ["x" * (number + 1) for number in range(10)]
BUSY = (429, '{"error": {"message": "slow down", "code": "rate_limit_exceeded"}}')
NO_CREDIT = (429, '{"error": {"message": "pay", "code": "insufficient_quota"}}')


async def test_batches_go_out_together_and_come_back_in_order() -> None:
    """As many requests at once as `concurrency` says, and no more."""
    hold = asyncio.Event()
    async with serve(hold=hold) as endpoint:
        embedding = opened(endpoint, batch_size=2, concurrency=3)
        asked = asyncio.create_task(embedding.model.aget_text_embedding_batch(TEXTS))
        await endpoint.asked_at_once(3)
        await asyncio.sleep(0.05)  # long enough for a fourth to come, if it could
        hold.set()
        vectors = await asked
        await embedding.aclose()
    assert [vector[0] for vector in vectors] == [float(len(text)) for text in TEXTS]
    assert endpoint.most_at_once == 3
    assert sorted(len(body["input"]) for body in endpoint.bodies) == [2] * 5


async def test_a_busy_endpoint_is_asked_again_when_it_says() -> None:
    """Far more often than a reader's question would be; the work is not lost."""
    async with serve(failures=[BUSY] * 20 + [(500, "{}")] * 5) as endpoint:
        embedding = opened(endpoint, batch_size=4)
        vectors = await embedding.model.aget_text_embedding_batch(TEXTS)
        await embedding.aclose()
    assert len(vectors) == 10
    assert len(endpoint.bodies) == 25 + 3


async def test_one_that_is_told_to_wait_makes_the_others_wait() -> None:
    """Retry-After holds for all requests of the ingest."""
    async with serve(failures=[BUSY], retry_after="retry-after: 0.4") as endpoint:
        embedding = opened(endpoint, batch_size=2, concurrency=1)
        began = time.perf_counter()
        await embedding.model.aget_text_embedding_batch(TEXTS)
        assert time.perf_counter() - began >= 0.4
        await embedding.aclose()


@pytest.mark.parametrize(("failure", "patience"), [(BUSY, 0), (NO_CREDIT, 300)], ids=["patience", "credit"])
async def test_patience_ends(failure: tuple[int, str], patience: float) -> None:
    """After `patience`, and at once when no waiting would help: one request, and an error that says why."""
    async with serve(failures=[failure] * 50) as endpoint:
        embedding = opened(endpoint, patience=patience)
        with pytest.raises(EmbeddingError, match="HTTP 429"):
            await embedding.model.aget_text_embedding_batch(TEXTS)
        await embedding.aclose()
    assert len(endpoint.bodies) == 1


async def test_a_question_does_not_wait_for_an_ingest() -> None:
    """All places may be taken, and the minute used up."""
    hold = asyncio.Event()
    async with serve(hold=hold) as endpoint:
        embedding = opened(endpoint, concurrency=1, requests_per_minute=1)
        ingest = asyncio.create_task(embedding.model.aget_text_embedding_batch(TEXTS))
        await endpoint.asked_at_once(1)
        question = asyncio.create_task(embedding.model.aget_query_embedding("how?"))
        await endpoint.asked_at_once(2)
        hold.set()
        await asyncio.gather(ingest, question)
        await embedding.aclose()


async def test_requests_and_tokens_of_a_minute_are_counted() -> None:
    """What is used up is used up; what is more than a minute's worth waits for a whole minute's."""
    pace = Pace(2, requests_per_minute=3, tokens_per_minute=1000)
    async with pace.turn(letters=4000):  # 1,000 tokens
        assert isinstance(pace._tokens, AsyncLimiter)
        assert not pace._tokens.has_capacity(100)
        assert pace._requests is not None
        assert pace._requests.has_capacity(2)
    async with asyncio.timeout(1), Pace(1, tokens_per_minute=10).turn(letters=10**6):
        pass
