"""Measures: entrance 3, over the same two lines as everything else.

A dataset's pages go through `ingest`, its questions through the assistant; what comes out is scored,
compared and shown.  `docs/evals.md` is the manual's page.
"""
