"""Reading the bytes of a streamed chat completion."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.llm.wire import MAX_LINE, Chunks
from pipeline.models import Usage
from tests.fakes.openai_scripts import COMMENT, event


def said(text: str | None, finish: str | None = None) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], "usage": None}


@given(
    tokens=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=6),
    cuts=st.lists(st.integers(1, 40), min_size=1),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_any_cut_gives_the_same_text(tokens: list[str], cuts: list[int], newline: str) -> None:
    """However the bytes are cut, in the middle of a character even, the text is the tokens joined."""
    whole = b"".join(COMMENT + event(said(token), newline) for token in tokens) + event("[DONE]", newline)
    chunks, text, at = Chunks(), "", 0
    for turn in range(len(whole)):
        size = cuts[turn % len(cuts)]
        text += chunks.feed(whole[at : at + size])
        at += size
    assert (text, chunks.done, chunks.problem) == ("".join(tokens), True, "")


def test_tokens_of_one_read_are_one_piece() -> None:
    """Lines that arrive together give one text; the begun line after them waits for its rest."""
    chunks = Chunks()
    last = event(said("!"))
    assert chunks.feed(event(said("Hello")) + event(said(" world")) + last[:20]) == "Hello world"
    assert chunks.feed(last[20:]) == "!"


def test_the_end_of_an_answer_is_remembered() -> None:
    """The reason, the usage of a chunk without choices and [DONE] are kept; what follows is not read."""
    chunks = Chunks()
    chunks.feed(event(said("Hi")) + event(said(None, "length")))
    assert (chunks.finish_reason, chunks.complete, chunks.done) == ("length", True, False)
    chunks.feed(event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}))
    chunks.feed(event("[DONE]"))
    assert chunks.feed(event(said("more")) + event("{")) == ""
    assert (chunks.usage, chunks.done, chunks.problem) == (Usage(7, 2), True, "")


def test_a_last_line_needs_no_newline() -> None:
    """A server that ends the body right after its last line has said that line."""
    chunks = Chunks()
    assert chunks.feed(event(said("Hi")).rstrip()) == ""
    assert chunks.end() == "Hi"


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        COMMENT,
        b"event: message\nid: 1\nretry: 5\n",
        event({"choices": []}),
        event({"object": "ping"}),
        event({"choices": [{"delta": None}]}),
        event({"choices": [{"delta": {"role": "assistant", "content": None}}]}),
        event({"choices": [{"delta": {"reasoning_content": "hm"}}]}),
        event({"error": None, "choices": []}),
    ],
)
def test_lines_without_text_are_passed_over(line: bytes) -> None:
    """Comments, other fields and chunks without text are neither text nor a failure."""
    chunks = Chunks()
    assert chunks.feed(line) == ""
    assert not chunks.problem
    assert chunks.feed(event(said("Hi"))) == "Hi"


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ("{not json", "sent something that is not JSON"),
        ("<html>", "sent something that is not JSON"),
        ("[1, 2]", "sent something that is not a chat completion"),
        ("7", "sent something that is not a chat completion"),
        ('{"choices": [7]}', "sent something that is not a chat completion"),
        ('{"choices": {"delta": 1}}', "sent something that is not a chat completion"),
        ('{"choices": [{"delta": "Hi"}]}', "sent something that is not a chat completion"),
        ('{"choices": [], "usage": 3}', "sent something that is not a chat completion"),
        ('{"error": {"code": 502, "message": "sk-secret"}}', "reported an error (502)"),
        ('{"error": {"code": null, "type": "server_error"}}', "reported an error (server_error)"),
        ('{"error": {"code": "sk-abc123", "type": "No Such Word"}}', "reported an error"),
        ('{"error": "no such model: sk-secret"}', "reported an error"),
        ('{"choices": [{"delta": {}, "finish_reason": "error"}]}', "reported an error"),
    ],
)
def test_what_cannot_be_read_is_a_problem_after_the_text_before_it(payload: str, problem: str) -> None:
    """Text before a bad line is given, nothing after it is, and the words repeat no message."""
    chunks = Chunks()
    assert chunks.feed(event(said("Hi")) + event(payload) + event(said("there"))) == "Hi"
    assert chunks.problem == problem
    assert not chunks.complete


def test_a_line_without_end_is_a_problem() -> None:
    """A server cannot fill the memory with a line that never ends."""
    chunks = Chunks()
    chunks.feed(b"data: " + b"x" * MAX_LINE)
    assert chunks.problem == "sent a line without an end"


def test_text_is_json_text() -> None:
    """Escapes are read as JSON reads them."""
    escaped = json.dumps(said("é\n🎉")).encode()
    assert Chunks().feed(b"data:" + escaped + b"\n") == "é\n🎉"
