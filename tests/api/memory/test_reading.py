"""What the owner reads of the memory."""

from api.memory import open_memory
from api.memory.reading import normalised
from pipeline.config.memory import MemoryConfig
from tests.api.memory.records import insights, remembered


async def test_insights_count_group_and_rank(config: MemoryConfig) -> None:
    """Days, endings, clients, votes, tokens; the same question is one group, the most asked first."""
    await remembered(config)
    found = await insights(config)
    assert (found.questions, found.clients) == (6, 2)
    assert [count for _, count in found.per_day] == [3, 3]
    assert found.endings == {"answered": 3, "refused": 3}
    assert (found.votes_up, found.votes_down) == (0, 1)
    assert [(a.question, a.times) for a in found.refused] == [("what does it cost", 2), ("Who are you?", 1)]
    [asked] = found.down_voted
    assert (asked.version, asked.tags, asked.notes) == ("Next", ("outdated",), ("it says 1.0",))
    assert found.cited_pages == (("https://d/a", 3),)
    assert found.found_pages == {"https://d/a": 3, "https://d/b": 3}
    [tokens] = found.tokens
    assert (tokens.model, tokens.answers, tokens.prompt, tokens.completion) == ("m", 6, 600, 120)
    assert tokens.cost == 1.5


async def test_insights_of_nothing(config: MemoryConfig) -> None:
    """An empty database is no error."""
    async with open_memory(config):
        pass
    found = await insights(config)
    assert (found.questions, found.endings, found.refused, found.cited_pages) == (0, {}, (), ())


def test_questions_are_the_same_but_for_case_and_punctuation() -> None:
    """The words decide, in their order."""
    assert normalised("  How do I install it?! ") == normalised("how do i INSTALL it")
    assert normalised("dogs eat cats") != normalised("cats eat dogs")
