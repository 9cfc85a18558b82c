"""Cases made from a docs folder: a first dataset for a site whose readers have not asked anything yet.

`known_items` makes them without a model, `writing` puts them on the disk.  Nothing here asks a question.
"""

from evals.generating.known_items import known_items
from evals.generating.writing import write_dataset

__all__ = ["known_items", "write_dataset"]
