"""Entrance 2: answers over HTTP.  The only place that imports FastAPI; everything else is `pipeline`."""
