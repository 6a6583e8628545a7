"""The distribution: sdist, a wheel made from it, and that wheel at work in a clean environment, far from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

root = Path(__file__).resolve().parent.parent.parent
folders = ("isa", "asm", "regmodel", "emu", "configs", "tools")
kept = (".py", ".yaml", ".lark", ".s", ".x", ".pgm", ".html", ".css", ".js", ".h", ".c", ".in", "py.typed")


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("build")
    work = tmp_path_factory.mktemp("dist")
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=root).splitlines()
    source = work / "source"
    for name in listed:  # a copy, so that no build folder is left in the checkout
        if (root / name).is_file() and not name.startswith("tests/"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((root / name).read_bytes())
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", work, source, cwd=work)
    (sdist,) = work.glob("*.tar.gz")
    (work / "unpacked").mkdir()
    run("tar", "-xzf", sdist, "-C", work / "unpacked", cwd=work)
    (unpacked,) = (work / "unpacked").iterdir()
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", work, unpacked, cwd=work)
    (made,) = work.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel, and the third-party packages of this one."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv.parent)
    python = venv / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=venv.parent)
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "third_party.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return venv


def test_the_wheel_holds_every_file(wheel: Path) -> None:
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=root).splitlines()
    packaged = [name for name in listed if name.endswith(kept) and (root / name).is_file()]
    expected = {f"hicannx/{name}" for name in packaged if name.split("/")[0] in folders}
    expected |= {name for name in packaged if name.startswith("hicannx/")}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert names == expected
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())


def test_the_installed_command_works_from_elsewhere(installed: Path, tmp_path: Path) -> None:
    command = installed / "bin" / "hicannx"
    assert run(command, "--version", cwd=tmp_path).startswith("hicannx ")
    (tmp_path / "one.s").write_text("start: li 3, 5\n wait\n")
    run(command, "asm", "one.s", "-o", "one.bin", cwd=tmp_path)
    assert (tmp_path / "one.bin").read_bytes().hex() == "386000057c00007c"
    run(command, "doc", "isa", "-o", "pages", cwd=tmp_path)
    assert (tmp_path / "pages" / "style.css").read_bytes() and (tmp_path / "pages" / "fxv-memory.html").read_bytes()
    coloured = run(installed / "bin" / "python", "-m", "pygments", "-l", "ppuasm", "-f", "raw", "one.s", cwd=tmp_path)
    assert "Token.Keyword.Type\t'li'" in coloured
    run(command, "bitstream", "compile", "picture", "-o", "picture.bits", cwd=tmp_path)
    assert len((tmp_path / "picture.bits").read_bytes()) % 8 == 0


def test_the_installed_package_is_the_one_used(installed: Path, tmp_path: Path) -> None:
    place = run(installed / "bin" / "python", "-c", "import hicannx.isa as one; print(one.__file__)", cwd=tmp_path)
    assert Path(place.strip()).is_relative_to(installed)
