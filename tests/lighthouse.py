"""`make lighthouse`: Lighthouse's mobile audit of the six pages that matter most, into docs/performance.md.

Lighthouse comes from the npm registry into a folder of its own beside var/ (about 190 MB, once) and runs on the Node
that Playwright brings. Neither is part of the two commands. Fails where a category is below 100.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median_low

from tests.bench import REPORT
from tests.servers import find_chromium
from tests.site import PROJECT, Site

LIGHTHOUSE = "lighthouse@13.5.0"
TOOLS = PROJECT / "var" / "lighthouse"
BEGIN, END = "<!-- make lighthouse writes from here -->", "<!-- to here -->"
RUNS = (
    3  # the simulated phone is a little slower or faster each time; Lighthouse itself says to take the median
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PAGES = {
    "article": "/questions/why-do-my-calf-muscles-always-spasm/",
    "front": "/",
    "tag": "/tags/calf/",
    "search": "/search/",
    "ask": "/ask/",
    "subscribe": "/subscribe/",
}


def node() -> Path:
    spec = find_spec("playwright")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent / "driver" / "node"


def program() -> Path:
    """Lighthouse's own script, fetched where it is not there yet."""
    script = TOOLS / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not script.exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        print(f"Fetching {LIGHTHOUSE} ...", flush=True)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(TOOLS)]
        subprocess.run([*npm, LIGHTHOUSE], check=True)
    return script


def audit(address: str) -> tuple[dict[str, int], list[str]]:
    """The score of each category, and what cost a point."""
    flags = "--headless=new --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    flags += " --disable-component-update --disable-sync" + (" --no-sandbox" if os.geteuid() == 0 else "")
    command = [str(node()), str(program()), address, "--output=json", "--quiet", f"--chrome-flags={flags}"]
    done = subprocess.run(
        command,
        env={**os.environ, "CHROME_PATH": find_chromium() or ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    report = json.loads(done.stdout)
    scores = {name: round(100 * (report["categories"][name]["score"] or 0)) for name in CATEGORIES}
    lost = [
        f"{name}: {report['audits'][one['id']]['title']} ({report['audits'][one['id']].get('displayValue', '')})"
        for name in CATEGORIES
        for one in report["categories"][name]["auditRefs"]
        if one["weight"]
        and (report["audits"][one["id"]]["score"] or 0) < 0.9
        and report["audits"][one["id"]]["scoreDisplayMode"] not in {"notApplicable", "manual", "informative"}
    ]
    return scores, lost


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"only these: {', '.join(PAGES)}")
    parser.add_argument("--dry-run", action="store_true", help="leave the document alone")
    options = parser.parse_args()
    rows = ["| page | performance | accessibility | best practices | SEO |", "|---|---|---|---|---|"]
    below = 0
    with tempfile.TemporaryDirectory(prefix="advice-lighthouse-") as folder, Site(Path(folder)) as site:
        for name in options.names or PAGES:
            runs = [audit(site.url + PAGES[name]) for _ in range(RUNS)]
            scores = {one: median_low(found[one] for found, _ in runs) for one in CATEGORIES}
            lost = sorted({complaint for _, complaints in runs for complaint in complaints})
            below += min(scores.values()) < 100
            rows.append(f"| {name} | " + " | ".join(str(scores[one]) for one in CATEGORIES) + " |")
            print(rows[-1], *lost, sep="\n    ", flush=True)
    rows += ["", f"Medians of {RUNS} runs each. {LIGHTHOUSE}, mobile, measured {datetime.now(UTC):%Y-%m-%d}."]
    if not options.dry_run and not options.names:
        before, _, rest = REPORT.read_text().partition(BEGIN)
        text = "\n".join([BEGIN, "", *rows, "", END])
        REPORT.write_text(before + text + rest.partition(END)[2])
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
