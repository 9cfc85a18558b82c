"""Reads a Docusaurus 3 site from its folder: which files are pages, where they are served, what they say.

`site` is the door (`read_site`, `PageReader`), `discovery` the cheap first step.  What is said in the
Markdown of one file is read in `markdown`; nothing here knows of an index.
"""
