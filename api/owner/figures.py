"""`GET /metrics`: the figures for Prometheus.  What they are stands in `api.metrics`."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.metrics import CONTENT_TYPE, Metrics
from api.owner.access import figures_reader
from api.problems import responses
from pipeline.bootstrap import Pipeline
from pipeline.errors import FingerpostError

router = APIRouter()


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={
        200: {"description": "Prometheus's text format", "content": {"text/plain": {}}},
        **responses(401, 404, 429, 500),
    },
    dependencies=[Depends(figures_reader)],
)
async def metrics(request: Request) -> Response:
    pipeline: Pipeline = request.app.state.pipeline
    figures: Metrics = request.app.state.metrics
    return Response(figures.exposition(lambda: _served(pipeline)), media_type=CONTENT_TYPE)


def _served(pipeline: Pipeline) -> tuple[str, int] | None:
    try:
        served = pipeline.index.served
    except FingerpostError:
        return None
    return served.manifest.revision, served.pages
