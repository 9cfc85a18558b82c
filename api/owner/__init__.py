"""What only the owner may see, behind the admin key: figures, insights, and the page that shows them.

`access` lets the owner in, `figures` is for Prometheus, `insights` gives what readers ask and do not
find, `page` shows it.  Nothing of it is in the way of an answer.
"""
