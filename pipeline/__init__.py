"""Fingerpost's library: pages in, answers out.

Knows pages, sections, questions and answers; knows no HTTP server, no argv and no Docusaurus.
Come in by `pipeline.bootstrap.open_pipeline(config)`.
"""
