"""Imported files: partials where they are used, code by raw-loader, the table of contents."""

from pathlib import Path

from ingest.docusaurus.markdown import Dialect, Module, read_body
from tests.ingest.markdown.reading_cases import PAGE, V3MD, V3MDX, DictModules, ids, read

USE = "import P from './p.mdx';\n\n"


def test_a_partial_is_spliced_with_its_headings_and_its_own_counters() -> None:
    """Its ids are made in its own file, each use repeats them, and the page's counters do not see them."""
    text = USE + "## A\n\n<P />\n\n## A\n\n<div>\n  <P/>\n</div>"
    assert ids(text, p="## A\n\nfrom p\n\n## A") == ["a", "a", "a-1", "a-1", "a", "a-1"]
    body = read(text, p="## A\n\nfrom p")
    assert [(s.anchor, s.text) for s in body.sections] == [
        ("a", ""), ("a", "from p"), ("a-1", ""), ("a", "from p"),
    ]  # fmt: skip
    assert body.imports == ("/site/docs/p.mdx",)


def test_a_partial_within_a_text_is_shown_but_not_listed() -> None:
    """`text <P/>` renders the partial; the table of contents leaves its headings out."""
    body = read(USE + "text <P />", p="inner\n\n## H")
    assert body.headings == ()
    assert [(s.anchor, s.text) for s in body.sections] == [("", "text\n\ninner"), ("h", "")]


def test_tags_alone_in_a_paragraph_are_blocks() -> None:
    """A line of only tags and expressions is flow, what is within other inline tags is not."""
    assert ids(USE + "<P/> {' '} <P>x</P>", p="## H") == ["h", "h"]
    assert ids(USE + "<b>x <P/></b>", p="## H") == []
    assert ids(USE + "## <P/>\n\n| <P/> |\n|--|", p="## H") == []


def test_partials_nest() -> None:
    """A partial of a partial is spliced in too, its import resolved from the inner file."""
    modules = DictModules({"./p.mdx": "import Q from './q.mdx'\n\n## P\n\n<Q/>", "./q.mdx": "### Q"})
    body = read_body(USE + "<P/>", title="Page", dialect=Dialect(), modules=modules, path=PAGE)
    assert [heading.id for heading in body.headings] == ["p", "q"]
    assert modules.asked == [("./p.mdx", PAGE), ("./q.mdx", Path("/site/docs/p.mdx"))]
    assert body.imports == ("/site/docs/p.mdx", "/site/docs/q.mdx")


def test_a_partial_that_imports_itself_comes_once_with_a_problem() -> None:
    """The inner use is left out and said."""
    body = read(USE + "<P/>", p="import P from './p.mdx'\n\n## H\n\n<P/>")
    assert [heading.id for heading in body.headings] == ["h"]
    assert [problem.message for problem in body.problems] == ["p.mdx imports itself"]


def test_partials_that_double_are_bounded() -> None:
    """Thirty files that each use the next one twice end in a problem, not in a billion headings."""
    files = {f"p{n}": f"import P from './p{n + 1}.mdx'\n\n<P/>\n\n<P/>\n\n## H" for n in range(30)}
    body = read("import P from './p0.mdx'\n\n<P/>", V3MDX, **files)
    assert len(body.headings) < 2000
    assert any("too many" in problem.message for problem in body.problems)


def test_a_partial_that_is_not_there_is_a_problem_at_its_use() -> None:
    """The rest of the page is read."""
    body = read(USE + "<P/>\n\n## After")
    assert [heading.id for heading in body.headings] == ["after"]
    assert [problem.line for problem in body.problems] == [3]
    assert "'./p.mdx' cannot be found" in body.problems[0].message


def test_an_h1_in_a_partial_has_no_anchor() -> None:
    """It renders without an id, so it is a bold line in the section where the partial is used."""
    body = read(USE + "## A\n\n<P/>", p="# Big\n\ntext")
    assert [(s.anchor, s.text) for s in body.sections] == [("a", "**Big**\n\ntext")]


def test_only_default_imports_of_markdown_files_are_partials() -> None:
    """Named imports, other endings and files in `md` format import nothing."""
    assert ids("import {P} from './p.mdx'\n\n<P/>", p="## H") == []
    assert ids("import P from './p'\n\n<P/>", p="## H") == []
    assert ids(USE + "<P/>", V3MD, p="## H") == []
    assert ids("import P, {toc} from './p.mdx'\n\n<P/>", p="## H") == ["h"]


def test_specifiers_are_javascript_strings() -> None:
    r"""`'./\_p.mdx'`, as prettier writes it, is `./_p.mdx`; comments around imports mean nothing."""
    text = "// import Q from './q.mdx'\n"
    assert ids("import P from './\\_p.mdx'\nimport Z from 'z'\n\n<P/>", _p="## H") == ["h"]
    assert ids("export const x = 1;\n" + text + "import P from './_p.mdx'\n\n<P/> <Q/>", _p="## H") == ["h"]


def test_props_reach_a_partial() -> None:
    """`{props.name}` shows the value given at the place of use; ids are made from the source."""
    body = read(USE + '<P name="npm" />', p="## With {props.name}\n\nuse {props.name}")
    assert body.headings[0].id == "with-propsname"
    assert body.sections[0].text == "use npm"


def test_an_explicit_toc_replaces_the_headings() -> None:
    """`export const toc` is taken as it stands, spread imports included; anchors stay the page's."""
    text = (
        "import P, {toc as more} from './p.mdx'\n\n"
        "export const toc = [{value: 'Mine', id: 'mine', level: 3}, ...more];\n\n## Real\n\n<P/>"
    )
    body = read(text, p="## H")
    assert [(h.id, h.text, h.level) for h in body.headings] == [("mine", "Mine", 3), ("h", "H", 2)]
    assert [section.anchor for section in body.sections] == ["real", "h"]


def test_code_imported_as_text_stands_in_its_block() -> None:
    """`<CodeBlock>{x}</CodeBlock>` shows the file behind raw-loader, or nothing when it is not there."""
    specifier = "!!raw-loader!./a.js"
    text = f"import x from '{specifier}';\n\n<CodeBlock language='js'>{{x}}</CodeBlock>"
    body = read_body(
        text, title="Page", dialect=Dialect(), modules=DictModules({specifier: "let a;\n"}), path=PAGE
    )
    assert body.sections[0].text == "```js\nlet a;\n```"
    assert body.imports == ("/site/docs/a.js",)
    assert read(text).sections == ()


def test_problems_of_a_partial_name_its_line_and_stand_at_its_use() -> None:
    """The page's problem says where in the other file to look."""
    (problem,) = read(USE + "<P/>", p="text\n\n</div>").problems
    assert (problem.line, problem.message) == (3, "p.mdx, line 3: </div> closes nothing that is open here")


def test_a_module_of_another_kind_is_not_spliced() -> None:
    """A loader that answers with raw text for a Markdown import is not trusted with it."""

    class Raw:
        def load(self, specifier: str, importer: Path) -> Module | None:
            return Module(Path("/x"), "## H", Dialect(), "raw")

    body = read_body(USE + "<P/>", title="Page", dialect=Dialect(), modules=Raw(), path=PAGE)
    assert body.headings == ()
