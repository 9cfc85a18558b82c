"""Whole answers, asked by the way that readers take: `asking` folds the stream, `figures` scores it.

`judging` asks the judge, and `measuring` puts it all together.
"""
