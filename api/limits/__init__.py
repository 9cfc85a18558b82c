"""How much may be asked: requests by caller, and answers at once.

`rates` counts requests, `counters` keeps the counts, `gate` lets so many answers in at once,
`asking` joins them to the routes.  Who a caller is, is decided in `api.callers`.
"""

from api.limits.asking import Limits, asking, open_limits, place_for, unless_left

__all__ = ["Limits", "asking", "open_limits", "place_for", "unless_left"]
