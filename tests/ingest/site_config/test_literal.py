"""What is read of a configuration without running it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.site_config.literal import NotLiteralError, read_literally
from ingest.site_config.options import UNSEEN, why_unseen

WHOLE = """
import type {Config} from '@docusaurus/types';
import {themes as prismThemes} from 'prism-react-renderer';
const base = '/x/'; // a comment with 'quotes' and {braces}
const versions = {current: {label: `Next`, path: 'next'}} as const;
/* title: 'no' */
const common: Partial<Record<string, unknown>> = {exclude: ['a', "b",], pattern: /[{"']/g};
export default async function createConfig(): Promise<Config> {
  const url = "https:\\/\\/a.io";
  return {
    title: 'It\\'s \\u00e9', url, baseUrl: process.env.BASE ?? base, trailingSlash: false as boolean,
    tagline: `x ${url + `y ${1}`}`, 'future': { v4: true }, big: 1e3, less: -1, nothing: undefined,
    presets: [['classic', {
      docs: {...common, ...window.x, versions, lastVersion: getIt({a: 1}, 2), numberPrefixParser(x) { return {}; },
        editUrl: ({a}) => `b${a}`, get foo() { return 1 }, async bar() {}, sidebarPath: require.resolve('./s.js')},
    } satisfies Preset.Options<A, B>]],
    plugins: [function p() { return {name: 'x'} }, cond && ['content-docs', {}], ...['a', 'b']],
  } satisfies Config;
}
"""


def test_whole_file() -> None:
    """Literals, constants, spreads and a function's result are read; the rest is marked with its source."""
    tree = read_literally(WHOLE)
    docs = tree.pop("presets")[0][1]["docs"]
    plugins = tree.pop("plugins")
    assert tree == {
        "title": "It's é", "url": "https://a.io", "baseUrl": "/x/", "trailingSlash": False,
        "tagline": {UNSEEN: "``x ${url + `y ${1}`}``"}, "future": {"v4": True}, "big": 1000.0,
        "less": {UNSEEN: "`-1`"}, "nothing": None,
    }  # fmt: skip
    assert docs == {
        "exclude": ["a", "b"], "pattern": {UNSEEN: """`/[{"']/g`"""}, "...window": {UNSEEN: "`window.x`"},
        "versions": {"current": {"label": "Next", "path": "next"}}, "lastVersion": {UNSEEN: "`getIt({a: 1}, 2)`"},
        "numberPrefixParser": {UNSEEN: "a function"}, "editUrl": {UNSEEN: "a function"}, "sidebarPath": "./s.js",
    }  # fmt: skip
    assert plugins == [
        {UNSEEN: "a function"}, {UNSEEN: "`cond && ['content-docs', {}]`"}, "a", "b",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        "module.exports = {a: 1};",
        "module.exports = {a: 1}",
        "const c = {a: 1}\nmodule.exports = c",
        "const c = {a: 1}; export {c as default};",
        "const c: Config<{x: 1}> = {a: 1} satisfies Config; export default c;",
        "export default () => ({a: 1});",
        "export default async (): Promise<{b: 2}> => { if (x) { return 5 } return {a: 1}; }",
        "const f = async () => { const c = {a: 1}; return c; }; module.exports = f;",
        "exports.default = (((({a: 1}))));",
        "export = {a: (1)};",
    ],
)
def test_exports(source: str) -> None:
    """Every usual way to export an object is found."""
    assert read_literally(source) == {"a": 1}


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("", "exports nothing"),
        ("module.exports = 5;", "exports nothing"),
        ("module.exports = withX({a: 1});", "it gives `withX"),
        ("const a = b, b = a; module.exports = a;", "it gives"),
        ("const a = a; module.exports = a;", "too deeply"),
        ("module.exports = " + "[" * 9999, "exports nothing"),
        ("const " * 9999, "exports nothing|entangled"),
        ("module.exports = [" + "function," * 9999, "exports nothing|entangled"),
        ("x" * 256 * 1025, "larger than 256 kB"),
        (
            "".join(f"const a{i} = [a{i + 1}, a{i + 1}];" for i in range(60)) + "export default {a: a0}",
            "entangled",
        ),
    ],
)
def test_nothing_literal(source: str, why: str) -> None:
    """Where no object can be found the error says why, soon."""
    with pytest.raises(NotLiteralError, match=why):
        read_literally(source)


PIECES = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        ":",
        ";",
        "=",
        "=>",
        "...",
        ".",
        "?",
        "||",
        "??",
        "as",
        "satisfies",
        "async",
        "function",
        "const",
        "return",
        "export",
        "default",
        "module",
        "exports",
        "a",
        "b",
        "'x'",
        '"y"',
        "`",
        "${",
        "1",
        "/",
        "<",
        ">",
        "\\",
        "await",
        "require",
        "resolve",
        "process",
        "env",
        "\n",
        "//",
        "/*",
    ]
)


@given(st.lists(PIECES, max_size=60), st.sampled_from(["", "export default {a: 1, b: "]))
def test_never_raises(pieces: list[str], before: str) -> None:
    """Whatever stands in the file, the reader gives a tree or says that it cannot."""
    try:
        tree = read_literally(before + " ".join(pieces))
    except NotLiteralError:
        return
    assert why_unseen(tree) is None
