"""Configurations run with Node: every form that Docusaurus loads, and programs that misbehave."""

import json
import os
import select
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.site_config.reading import read_site_config
from ingest.site_config.running import NodeFailureError, load_with_node

MakeConfig = Callable[..., Path]
pytestmark = pytest.mark.node
SITE = "title: 'T', url: 'https://t.io', baseUrl: '/'"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("docusaurus.config.js", f"module.exports = {{{SITE}, presets: ['classic']}};"),
        ("docusaurus.config.cjs", f"module.exports = async () => ({{{SITE}, presets: ['classic']}});"),
        ("docusaurus.config.mjs", f"const x = await 1; export default () => ({{{SITE}, presets: ['classic']}});"),
        ("docusaurus.config.js", f"export default {{{SITE}, presets: ['@docusaurus/preset-classic']}};"),
        ("docusaurus.config.js", f"export default {{{SITE}, presets: [require.resolve('@docusaurus/preset-classic')]}};"),
        ("docusaurus.config.js", f"import x from 'missing'; module.exports = {{{SITE}, presets: [['classic', x]]}};"),
    ],
)  # fmt: skip
def test_forms(make_config: MakeConfig, node: str, name: str, source: str) -> None:
    """CommonJS, ES modules, functions, promises and mixtures of them are all loaded."""
    reading = read_site_config(make_config(source, name), node=node)
    assert reading.way == "node", reading.notes
    assert reading.values["url"] == "https://t.io"
    assert reading.values["docs"] == [{"path": "docs", "routeBasePath": "docs"}]


def test_clone_without_install(make_config: MakeConfig, node: str) -> None:
    """Imports of packages that are not installed do not stand in the way, and are told."""
    source = f"""
        import {{themes as prism, Prism}} from 'prism-react-renderer';
        import {{options, pattern}} from '@x/y';
        import docsPlugin from '@docusaurus/plugin-content-docs';
        import versions, {{latest}} from './versions.json';
        import own from './own';
        export default {{
          {SITE}, themeConfig: {{prism: {{theme: prism.github}}}},
          presets: [['classic', {{docs: {{...own, ...options, remarkPlugins: [[Prism, {{}}]], lastVersion: latest}}}}]],
          plugins: [[docsPlugin, {{id: 'two', path: 'two', exclude: [versions.latest, pattern]}}]],
        }};"""
    files = {"versions.json": '{"latest": "2.0"}', "own.mjs": "export default {path: '../docs'};"}
    reading = read_site_config(make_config(source, **files), node=node)
    assert reading.way == "node", reading.notes
    assert reading.values["docs"] == [
        {"path": "../docs", "routeBasePath": "docs", "lastVersion": "2.0"},
        {"id": "two", "path": "two", "routeBasePath": "docs", "exclude": ["2.0"]},
    ]
    assert {file.name for file in reading.files} == {"docusaurus.config.js", "versions.json", "own.mjs"}
    assert reading.unseen == ("what is spread into presets.docs", "docs[two].exclude[1]")
    assert "prism-react-renderer" in reading.notes[0]


def test_jiti_of_the_site(make_config: MakeConfig, node: str) -> None:
    """TypeScript goes through the site's own jiti, the loader that Docusaurus uses."""
    jiti = """
        const fs = require('fs');
        module.exports = (from, options) => (file) => {
          const module = {exports: {}};
          const source = fs.readFileSync(file, 'utf8').replace(': Config', '');
          new Function('module', 'require', source)(module, require('module').createRequire(file));
          return module.exports;
        };"""
    source = f"const config: Config = {{{SITE}, presets: [require('gone') && 'classic']}}; module.exports = config;"
    root = make_config(source, "docusaurus.config.ts", **{"node_modules/jiti/index.js": jiti})
    reading = read_site_config(root, node=node)
    assert (reading.way, reading.values["title"]) == ("node", "T"), reading.notes
    assert reading.notes[0].endswith("took their place: gone")


def test_environment(make_config: MakeConfig, node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration sees a production build and none of our keys."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    source = "module.exports = {title: JSON.stringify(process.env), url: process.env.NODE_ENV};"
    tree = load_with_node(make_config(source) / "docusaurus.config.js", node=node).tree
    assert set(json.loads(tree["title"])) <= {"PATH", "HOME", "NODE_ENV", "SYSTEMROOT"}
    assert tree["url"] == "production"


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("while (true) {}", "did not come to an end in time"),
        ("setInterval(() => {}, 1000); module.exports = () => new Promise(() => {}); if (0)", "in time"),
        ("process.exit(0);", "ended with code 0"),
        ("process.kill(process.pid, 'SIGKILL');", "ended with code -9"),
        ("throw new Error('no way');", "no way"),
        ("throw null;", "it threw null"),
        ("Promise.reject(new Error('later')); process.on = 1; if (1) module.exports = () => new Promise(() => {}); else", "later"),
        ("const long = 'x'.repeat(19999); const title = [...Array(600)].map(() => long); exports.x = {", "SyntaxError"),
    ],
)  # fmt: skip
def test_misbehaving(make_config: MakeConfig, node: str, before: str, reason: str) -> None:
    """A program that does not end, ends too soon or throws is told of, and what is literal is taken."""
    root = make_config(f"{before}\nmodule.exports = {{{SITE}, presets: ['classic']}};")
    with pytest.raises(NodeFailureError, match=reason):
        load_with_node(root / "docusaurus.config.js", node=node, time_limit=1 if "in time" in reason else 60)


def test_falls_back(make_config: MakeConfig, node: str) -> None:
    """When running it fails, what stands literally in the file is read and the reason told."""
    root = make_config(f"process.exit(3);\nmodule.exports = {{{SITE}, presets: ['classic']}};")
    reading = read_site_config(root, node=node)
    assert (reading.way, reading.values["title"]) == ("literal", "T")
    assert "ended with code 3" in reading.notes[0]


def test_output_is_ignored(make_config: MakeConfig, node: str) -> None:
    """Ten megabytes on stdout and stderr neither block nor disturb."""
    noise = "for (const out of [process.stdout, process.stderr]) out.write('{}\\n'.repeat(2_000_000));"
    root = make_config(f"{noise}\nmodule.exports = {{{SITE}, presets: ['classic']}};")
    assert read_site_config(root, node=node).way == "node"


def test_too_large(make_config: MakeConfig, node: str) -> None:
    """A configuration of ten megabytes is refused."""
    root = make_config("module.exports = {title: 'T', i18n: {locales: Array(999).fill('x'.repeat(10000))}};")
    with pytest.raises(NodeFailureError, match="1 MB"):
        load_with_node(root / "docusaurus.config.js", node=node)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux, to wait for a process of others")
def test_children_end_too(make_config: MakeConfig, node: str) -> None:
    """What the configuration started does not outlive it."""
    source = """
        const child = require('child_process').spawn('sleep', ['600'], {stdio: 'ignore'});
        require('fs').writeFileSync(__dirname + '/pid', String(child.pid));
        process.exit(0);"""
    root = make_config(source)
    with pytest.raises(NodeFailureError, match="ended with code 0"):
        load_with_node(root / "docusaurus.config.js", node=node)
    try:
        child = os.pidfd_open(int((root / "pid").read_text()))
    except ProcessLookupError:
        return  # ended, and forgotten already
    try:
        ended, _, _ = select.select([child], [], [], 30)
        assert ended
    finally:
        os.close(child)


def test_without_node(make_config: MakeConfig) -> None:
    """Without Node the failure says so."""
    with pytest.raises(NodeFailureError, match="not installed"):
        load_with_node(make_config("") / "docusaurus.config.js", node=None)
    with pytest.raises(NodeFailureError, match="does not start"):
        load_with_node(make_config("") / "docusaurus.config.js", node="/no/such/node")
