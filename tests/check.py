"""`make check`: everything that judges the code without running it. Goes on after a failure and exits 1 at the end.

`python -m tests.check lock` resolves the dependencies anew and writes uv.lock and requirements/*.txt.
"""

import difflib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTHON = sys.executable
UV = [PYTHON, "-m", "uv", "--no-config", "-q"]
PACKAGE_INDEX = "https://pypi.org/simple"
EXPORTS = {
    "base": ["--no-default-groups"],
    "run": ["--no-default-groups", "--extra", "meaning"],
    "prod": ["--no-default-groups", "--extra", "redis", "--extra", "meaning"],
    "test": [
        "--no-default-groups",
        "--extra",
        "meaning",
        "--group",
        "test",
        "--group",
        "e2e",
        "--group",
        "lint",
    ],
}
# As in production, and independent of what is set on this machine.
PRODUCTION = {
    "SECRET_KEY": "for-the-check-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "PRIVATE_KEYS": "for-the-check-only-" + "zyxwvutsrqponmlkjihgfedcba9876543210" * 2,
    "SITE_URL": "https://example.org",
    "ALLOWED_HOSTS": "example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "letters@example.org",
    "DATABASE_URL": "sqlite:///:memory:",
}
_OURS = ("ADVICE_LOCAL", "ADVICE_TESTING", "DEBUG", "CACHE_URL")

STEPS: dict[str, list[str]] = {
    "lint": ["-m", "ruff", "check", "-q", "--output-format=concise", "."],
    "format": ["-m", "ruff", "format", "-q", "--check", "--output-format=concise", "."],
    "types": ["-m", "mypy", "--no-error-summary"],
    "imports": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
    "deployment": ["manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "templates": ["-m", "djlint", "templates", "--lint", "--quiet"],
}


def run(name: str, arguments: list[str]) -> bool:
    environment = {key: value for key, value in os.environ.items() if key not in _OURS} | PRODUCTION
    start = time.monotonic()
    done = subprocess.run([PYTHON, *arguments], env=environment, capture_output=True, text=True, check=False)
    say(name, done.returncode == 0, time.monotonic() - start, done.stdout + done.stderr)
    return done.returncode == 0


def say(name: str, is_fine: bool, seconds: float, output: str = "") -> None:
    print(f"{'ok    ' if is_fine else 'FAILED'}  {name} ({seconds:.1f} s)", flush=True)
    if not is_fine:
        print(output.rstrip() + "\n", flush=True)


def export(folder: Path) -> None:
    for name, arguments in EXPORTS.items():
        target = ["--no-header", "--no-emit-project", "--output-file", str(folder / f"{name}.txt")]
        command = [*UV, "export", "--frozen", "--offline", *arguments, *target]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def lock_is_fresh() -> bool:
    """Whether uv.lock fits pyproject.toml, and requirements/*.txt are what it exports. Asks no network."""
    start = time.monotonic()
    complaints: list[str] = []
    if subprocess.run([*UV, "--version"], capture_output=True, check=False).returncode:
        print("skipped lock files: uv is not installed")
        return True
    complaints += _lock_differs_from_project()
    with tempfile.TemporaryDirectory(prefix="advice-lock-") as where:
        export(Path(where))
        for name in EXPORTS:
            ours, theirs = Path(f"requirements/{name}.txt"), Path(where) / f"{name}.txt"
            difference = difflib.unified_diff(
                ours.read_text().splitlines(),
                theirs.read_text().splitlines(),
                str(ours),
                "exported from uv.lock",
                n=0,
            )
            complaints += list(difference)[:20]
    for path in (Path("uv.lock"), *Path("requirements").glob("*.txt")):
        foreign = [line for line in path.read_text().splitlines() if "index-url" in line or "file://" in line]
        complaints += [f"{path} names a package index of some machine: {line}" for line in foreign]
    if complaints:
        complaints.append("`make lock` mends it.")
    say("lock files", not complaints, time.monotonic() - start, "\n".join(complaints))
    return not complaints


def _lock_differs_from_project() -> list[str]:
    """The requirements that uv.lock was made from stand in it; they must be pyproject.toml's."""
    import tomllib

    from packaging.requirements import Requirement

    project = tomllib.loads(Path("pyproject.toml").read_text())
    lock = tomllib.loads(Path("uv.lock").read_text())
    metadata = next(p for p in lock["package"] if p["name"] == project["project"]["name"])["metadata"]

    def wanted(lines: list[str]) -> set[tuple[str, str]]:
        return {(r.name.lower().replace("_", "-"), str(r.specifier)) for r in map(Requirement, lines)}

    def locked(entries: list[dict[str, str]]) -> set[tuple[str, str]]:
        return {(e["name"], str(Requirement(e["name"] + e.get("specifier", "")).specifier)) for e in entries}

    extras = [
        line for lines in project["project"].get("optional-dependencies", {}).values() for line in lines
    ]
    groups = project.get("dependency-groups", {})
    differences = wanted(project["project"]["dependencies"] + extras) ^ locked(
        metadata.get("requires-dist", [])
    )
    for name in groups.keys() | metadata.get("requires-dev", {}).keys():
        differences |= wanted(groups.get(name, [])) ^ locked(metadata.get("requires-dev", {}).get(name, []))
    return [
        f"pyproject.toml and uv.lock differ in {name} {specifier}" for name, specifier in sorted(differences)
    ]


def lock() -> int:
    subprocess.run([*UV, "lock", "--default-index", PACKAGE_INDEX], check=True)
    export(Path("requirements"))
    print("Wrote uv.lock and requirements/*.txt.")
    return 0


def main() -> int:
    if sys.argv[1:] == ["lock"]:
        return lock()
    fine = [run(name, arguments) for name, arguments in STEPS.items()]
    fine.append(lock_is_fresh())
    print("Everything is fine." if all(fine) else f"{fine.count(False)} of {len(fine)} checks failed.")
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
