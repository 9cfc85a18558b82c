"""One PostgreSQL for all tests of the API that want one."""

from tests.api.memory_databases import server

__all__ = ["server"]
