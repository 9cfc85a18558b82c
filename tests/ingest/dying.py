"""`python -m tests.ingest.dying FOLDER COUNT`: an ingest that is killed with -9 when it has embedded COUNT texts."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.fakes.embedding import HashedWords, embedding_of
from tests.ingest.synced_site import Site


class Dying(HashedWords):
    """Kills its own process before the text after the last that it should embed."""

    def _get_text_embedding(self, text: str) -> list[float]:
        if len(self.texts) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._get_text_embedding(text)


async def main() -> None:
    site = Site(Path(sys.argv[1]))
    site.embedding = embedding_of(Dying(model_name="fake/16", embed_batch_size=32))
    await site.sync()


if __name__ == "__main__":
    asyncio.run(main())
