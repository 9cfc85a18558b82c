"""Datasets: a folder with `dataset.yaml` and a JSONL file of cases becomes checked, judged cases.

`models` are the nouns, `reading` the files, `labels` what the cases name held against the site's pages.
Nothing here asks a question.
"""

from evals.cases.models import Case, Dataset, Judgment
from evals.cases.reading import open_dataset

__all__ = ["Case", "Dataset", "Judgment", "open_dataset"]
