"""How much may be asked: requests by caller, and answers at once.

`rates` counts requests, `counters` keeps the counts, `gate` lets so many answers in at once,
`asking` joins them to the routes.  `budget` keeps what all answers cost within limits, by its `ledger`;
it is asked by the pipeline, not by the routes.  Who a caller is, is decided in `api.callers`.
"""

from api.limits.asking import Limits, asking, open_limits, place_for, unless_left
from api.limits.budget import Budget, open_budget

__all__ = ["Budget", "Limits", "asking", "open_budget", "open_limits", "place_for", "unless_left"]
