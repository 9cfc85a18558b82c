"""Load: many readers at once on a running server, and what each of them saw.

`requests` asks one question and times its stream, `traffic` decides when each question is asked,
`watching` looks at the server's processes, `measuring` joins them and sums up.  `upstream` stands in for
a model provider, and `stack` starts a whole server of its own.
"""
