"""Makes the virtual environment with `uv` in it, from nothing but Python's standard library.

    python3 infra/bootstrap.py .venv requirements-uv.lock

Debian's python3 comes without pip and ensurepip. Where they are there, pip installs uv and follows
whatever index it is set to; where not, the wheel is fetched from the index (UV_DEFAULT_INDEX,
PIP_INDEX_URL, else PyPI), and its hash must be one that the lock file lists.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import platform
import re
import subprocess
import sys
import urllib.parse
import urllib.request
import venv
import zipfile
from pathlib import Path

_SIMPLE = "application/vnd.pypi.simple.v1+json"
_PLATFORMS = {("Linux", "x86_64"): "manylinux_2_17_x86_64", ("Linux", "aarch64"): "manylinux_2_17_aarch64",
              ("Darwin", "arm64"): "macosx_11_0_arm64", ("Darwin", "x86_64"): "macosx_10_12_x86_64"}


def main(folder: Path, lock: Path) -> None:
    has_pip = importlib.util.find_spec("ensurepip") is not None
    if not (folder / "bin" / "python").exists():
        venv.EnvBuilder(with_pip=has_pip, symlinks=True).create(folder)
    if (folder / "bin" / "pip").exists():
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", lock], check=True)  # noqa: S603 our own arguments
    else:
        _unpack(fetch(lock.read_text()), folder / "bin")


def fetch(lock: str) -> bytes:
    """The wheel of the uv that `lock` names, for this machine.

    Raises SystemExit if the index has none, or not the one whose hash is locked.
    """
    version = re.search(r"^uv==(\S+)", lock, re.MULTILINE)
    here = _PLATFORMS.get((platform.system(), platform.machine()))
    if version is None or here is None:
        raise SystemExit("this machine needs pip to install uv (on Debian: apt-get install python3-venv)")
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    page = index.rstrip("/") + "/uv/"
    if not page.startswith("https://"):
        raise SystemExit(f"the package index must be an https address, not {index}")
    listing = json.loads(_get(page, {"Accept": _SIMPLE}))
    for file in listing["files"]:
        if file["filename"].startswith(f"uv-{version[1]}-") and here in file["filename"]:
            wheel = _get(urllib.parse.urljoin(page, file["url"]), {})
            if f"sha256:{hashlib.sha256(wheel).hexdigest()}" not in lock:
                raise SystemExit(f"{file['filename']} is not the file that the lock names")
            return wheel
    raise SystemExit(f"{index} has no uv {version[1]} for this machine")


def _get(url: str, headers: dict[str, str]) -> bytes:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 the scheme is checked above
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return answer.read()


def _unpack(wheel: bytes, to: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for name in archive.namelist():
            if name.endswith("/scripts/uv"):
                (to / "uv").write_bytes(archive.read(name))
                (to / "uv").chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
