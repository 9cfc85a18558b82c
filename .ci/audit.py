#!/usr/bin/env python3
"""What is known of our code and our packages: bandit, and pip-audit against PyPI's advisories.

Exit code: 0 nothing found, 1 findings.  Without a way to the advisories it says so, and fails nothing:
a machine without a network is no finding.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def main() -> int:
    code = subprocess.run(
        [
            BIN / "bandit",
            "--quiet",
            "--configfile",
            "pyproject.toml",
            "--recursive",
            "pipeline",
            "ingest",
            "api",
            "evals",
        ],
        cwd=ROOT,
        check=False,
    ).returncode
    print("bandit: nothing found" if code == 0 else "bandit: see above", flush=True)
    return max(min(code, 1), packages())


def packages() -> int:
    ran = subprocess.run(
        [BIN / "pip-audit", "--format", "json", "--progress-spinner", "off", "--skip-editable", "--timeout", "15"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    try:
        told = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(
            f"pip-audit: its advisories cannot be reached, so no package was checked\n{ran.stderr[-300:]}",
            file=sys.stderr,
        )
        return 0
    checked = [package for package in told if "skip_reason" not in package]
    if not checked:
        print("pip-audit: its advisories cannot be reached, so no package was checked", file=sys.stderr)
        return 0
    found = [(package, flaw) for package in checked for flaw in package["vulns"]]
    for package, flaw in found:
        fixed = ", ".join(flaw["fix_versions"]) or "no release yet"
        print(f"  {package['name']} {package['version']}: {flaw['id']}, mended in {fixed}")
    print(f"pip-audit: {len(checked)} of {len(told)} packages checked, {len(found)} advisories")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
