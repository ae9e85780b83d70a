"""What every test stands on: no network, an environment of its own, the data folder, and steady property tests."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
AUDIT = Path(__file__).parent / "audit"
CHROMIUMS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
ONLY_THIS_MACHINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

# The same examples every time, so that a red run is red for its change alone; `--hypothesis-profile=exploring` looks for new ones.
settings.register_profile("steady", max_examples=50, deadline=None, derandomize=True, database=None)
settings.register_profile("exploring", max_examples=1000, deadline=None, database=None)
settings.load_profile("steady")


def _own_environment(home: Path) -> None:
    """Point every folder a program would write to below `home`, for this process and its children.

    Switches that keep libraries from calling home (HF_HUB_OFFLINE and the like) are taken away, not set: the product has to be quiet for
    a user who has set nothing.
    """
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "GRADIO_ANALYTICS_ENABLED", "DO_NOT_TRACK"):
        os.environ.pop(name, None)
    for name, folder in {"HOME": ".", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config"}.items():
        path = home / folder
        path.mkdir(exist_ok=True)
        os.environ[name] = str(path)
    os.environ["CHUCHU_LIBRARY"] = str(home / "library")
    os.environ["CHUCHU_AUDIT_LOG"] = str(home / "outgoing.log")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(AUDIT), str(ROOT), *([before] if before else [])])


def _block_network() -> None:
    spec = importlib.util.spec_from_file_location("chuchu_audit", AUDIT / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def pytest_configure(config: pytest.Config) -> None:
    home = tempfile.TemporaryDirectory(prefix="chuchu-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(home.cleanup)
    _own_environment(Path(home.name))
    _block_network()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as for a job in the background; children that are to be stopped inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _no_outgoing_connection() -> Iterator[None]:
    """At the end of the session: nobody, in no process, has tried to reach another machine."""
    yield
    log = Path(os.environ["CHUCHU_AUDIT_LOG"])
    attempts = log.read_text(encoding="utf-8") if log.exists() else ""
    assert not attempts, f"outgoing connections were attempted:\n{attempts}"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the measuring data (`data/`, `seeds/`), which is not part of the repository."""
    folder = Path(os.environ.get("CHUCHU_DATA") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"needs the measuring data: no folder {folder}; name it in CHUCHU_DATA")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium that can reach nothing but this machine."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")
    path = next((path for path in CHROMIUMS if Path(path).exists()), None)
    if path is None:
        pytest.skip(f"needs Chromium at one of {', '.join(CHROMIUMS)}")
    with playwright.sync_playwright() as run:
        browser = run.chromium.launch(executable_path=path, args=[ONLY_THIS_MACHINE])
        yield browser
        browser.close()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 2 MB of its own; outside pytest's folders, which another run may be sweeping."""
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mount")):
        pytest.skip("a small disk can be mounted by root only")
    place = Path(tempfile.mkdtemp(prefix="chuchu-disk-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], check=False, capture_output=True).returncode:
        place.rmdir()
        pytest.skip("this machine does not let a tmpfs be mounted")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)  # lazy: an index keeps its files mapped
    place.rmdir()
