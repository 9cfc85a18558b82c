"""`Memory`: signed message ids, hashed addresses, records handed to the writer, and votes.

It works before its database does: until then ids are signed with a secret of this process, and votes
on them are unknown afterwards.
"""

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from itsdangerous import BadSignature, Signer
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from api.memory import tables
from api.memory.database import migrate, open_engine, read_secret
from api.memory.errors import MemoryUnavailable, UnknownMessage
from api.memory.models import AnswerRecord, Vote, now, storable
from api.memory.reading import Insights, read_insights
from api.memory.writing import Writer, cause
from pipeline.config.memory import MemoryConfig

log = logging.getLogger(__name__)

START_WAIT = 10.0  # seconds that a start waits for the database before it goes on without
VOTE_WAIT = 10.0  # seconds
READ_WAIT = 30.0  # seconds
MESSAGE_ID = re.compile(r"msg_[0-9a-zA-Z]{8,60}")


class Memory:
    """Open from start-up to shut-down of one process; workers share the database."""

    def __init__(self, config: MemoryConfig, engine: AsyncEngine, lost: Callable[[int], object]) -> None:
        self._config = config
        self._engine = engine
        self._signer = _signer(secrets.token_hex(32))
        self._salt = secrets.token_bytes(32)
        self._writer = Writer(engine, config.retention_days, self._prepare, lost)
        self._is_prepared = False

    @property
    def waiting(self) -> int:
        """How many records are not written yet."""
        return self._writer.waiting

    def sign(self, message_id: str) -> str:
        """The id that the reader gets: `msg_<random>.<signature>`."""
        return self._signer.sign(message_id).decode()

    def unsign(self, signed: str) -> str:
        """The id without its signature.  Raises UnknownMessage when the signature is not ours."""
        try:
            message_id = self._signer.unsign(signed).decode()
        except (BadSignature, UnicodeError):
            message_id = ""
        if not MESSAGE_ID.fullmatch(message_id):
            raise UnknownMessage("no answer of this server has that message id")
        return message_id

    def client_hash(self, address: str) -> str:
        """32 hexadecimal digits that tell clients apart and do not tell their address; "" for ""."""
        if not address:
            return ""
        return hashlib.blake2b(address.encode("utf-8", "replace"), key=self._salt, digest_size=16).hexdigest()

    def words(self, text: str) -> str | None:
        """`text` as it is kept: None when words are not to be kept."""
        return storable(text) if self._config.log_questions else None

    def record(self, record: AnswerRecord) -> None:
        """Takes a record and returns at once; it is written when the database takes it."""
        self._writer.put(record)

    async def vote(self, signed_id: str, vote: Vote) -> None:
        """Keeps the vote; a second one on the same message takes the place of the first.

        Raises UnknownMessage, MemoryUnavailable.
        """
        message_id = self.unsign(signed_id)
        values = {
            "voted_at": now(),
            "thumbs": vote.thumbs,
            "tags": [storable(tag) for tag in vote.tags],
            "notes": self.words(vote.notes) or "",
        }
        dialect = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(tables.votes).values(message_id=message_id, **values)
        statement = statement.on_conflict_do_update(index_elements=["message_id"], set_=values)
        try:
            async with asyncio.timeout(VOTE_WAIT), self._engine.begin() as connection:
                await connection.execute(statement)
        except Exception as error:  # noqa: BLE001 drivers have no common class
            # Their words may name the database: they go to the log.
            log.warning("a vote could not be kept: %s", cause(error))
            raise MemoryUnavailable("the vote could not be kept; send it again later") from None

    async def insights(self, days: int) -> Insights:
        """What was asked in the last `days` days.  Raises MemoryUnavailable."""
        try:
            async with asyncio.timeout(READ_WAIT):
                return await read_insights(self._engine, days)
        except Exception as error:  # noqa: BLE001 as in `vote`
            log.warning("the memory could not be read: %s", cause(error))
            raise MemoryUnavailable("what was asked cannot be read at the moment") from None

    async def flush(self) -> None:
        """Returns when every record taken so far is written or given up."""
        await self._writer.flush()

    async def forgotten(self) -> None:
        """Returns when all that was older than `retention_days` at the start is deleted."""
        await self._writer.forgotten()

    async def _start(self) -> None:
        try:
            async with asyncio.timeout(START_WAIT):
                await self._prepare()
        except Exception as error:  # noqa: BLE001 as in `vote`; answers do not need the memory
            log.warning("the memory's database is away, answers go on without it: %s", cause(error))
        self._writer.start()

    async def _prepare(self) -> None:
        if self._is_prepared:
            async with self._engine.connect() as connection:
                await connection.execute(select(1))
            return
        await migrate(self._engine)
        salt = await read_secret(self._engine, "client-salt")
        self._signer = _signer(await read_secret(self._engine, "message-ids"))
        self._salt = bytes.fromhex(salt)
        self._is_prepared = True

    async def _aclose(self) -> None:
        await self._writer.aclose()
        await self._engine.dispose()


def _signer(secret: str) -> Signer:
    return Signer(secret, salt="fingerpost.message-id", digest_method=hashlib.sha256, key_derivation="hmac")


@asynccontextmanager
async def open_memory(
    config: MemoryConfig, lost: Callable[[int], object] = lambda number: None
) -> AsyncIterator[Memory | None]:
    """The memory until the block ends, None when it is switched off.

    `lost` is told of records that will never be written.  A database that is away is no error here:
    it is logged, and tried again.  Raises ConfigError when its driver is not installed.
    """
    if not config.enabled:
        yield None
        return
    memory = Memory(config, open_engine(config), lost)
    await memory._start()
    try:
        yield memory
    finally:
        await memory._aclose()
