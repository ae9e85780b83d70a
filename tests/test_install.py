"""`pip install .` alone: the wheel holds the four packages with their data, and both commands work from any folder."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment into which only our wheel was installed; what it depends on is borrowed from this one."""
    folder = tmp_path_factory.mktemp("install")
    wheels = folder / "wheels"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, ROOT], check=True)
    [wheel] = wheels.glob("chuchu-*.whl")
    venv.create(folder / "environment", with_pip=True)  # with the pip that comes with it
    scripts = folder / "environment" / ("Scripts" if os.name == "nt" else "bin")
    fresh = sysconfig.get_path("purelib", vars={"base": str(folder / "environment"), "platbase": str(folder / "environment")})
    Path(fresh, "borrowed.pth").write_text("\n".join(p for p in site.getsitepackages() if Path(p).is_dir()), encoding="utf-8")
    subprocess.run(
        [scripts / "python", "-m", "pip", "--quiet", "install", "--no-deps", "--no-index", "--force-reinstall", wheel], check=True
    )
    return scripts


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder from which the checkout cannot be imported."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "audit"))
    monkeypatch.setenv("CHUCHU_LIBRARY", str(tmp_path / "library"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_wheel_holds_the_packages_and_their_data(installed: Path) -> None:
    [wheel] = (installed.parents[1] / "wheels").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"embeddings", "qa", "ui", "eval"}
    for part in ("embeddings/static_zh/model.safetensors", "qa/sample/queries.jsonl", "ui/source.html", "qa/answering/weights.json"):
        assert part in names
    assert sum("qa/sample/documents/" in name for name in names) >= 14


@pytest.mark.slow
def test_the_doctor_passes_from_any_folder(installed: Path, elsewhere: Path) -> None:
    result = subprocess.run([installed / "chuchu", "doctor"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    where = "import qa; print(qa.__file__)"
    found = subprocess.run([installed / "python", "-c", where], capture_output=True, text=True, check=True).stdout
    assert str(installed.parent) in found, "the installed package is the one that was examined"


@pytest.mark.slow
def test_both_commands_run_the_main_job(installed: Path, elsewhere: Path) -> None:
    (elsewhere / "documents").mkdir()
    (elsewhere / "documents" / "桥.txt").write_text("清溪镇的旧桥建于一九五二年，由石匠何守田主持修建。\n", encoding="utf-8")
    ingest = subprocess.run([installed / "chuchu", "ingest", "documents"], capture_output=True, text=True, check=False)
    assert ingest.returncode == 0, ingest.stderr
    ask = subprocess.run([installed / "chuchu", "ask", "舊橋是哪一年建的？"], capture_output=True, text=True, check=False)
    assert ask.returncode == 0, ask.stderr
    assert "一九五二年" in ask.stdout
    usage = subprocess.run([installed / "chuchu-eval", "--help"], capture_output=True, text=True, check=False)
    assert usage.returncode == 0
