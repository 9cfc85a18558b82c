"""`/v1/chat/completions` and `/v1/models`: the same answers for any client of OpenAI's API.

`routes` takes questions, `chunks` writes answers, `errors` restates problems; what comes in and
goes out is in `schemas`.  Retrieval, limits and the model are not known here: an answer is
`assistant.answer()`, as everywhere.
"""
