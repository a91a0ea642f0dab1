"""Each bundle, built as `sam build` builds it but for this machine, holds all that its handlers need."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"
BUNDLES = {"import_sheet": "ImportSheet", "sif_pull": "SifPull", "gg4l_hook": "Gg4lPull",
           "accounts": "Accounts", "sync": "SyncExport"}
LAMBDA_BRINGS = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
LAMBDA_LIMIT_BYTES = 250 * 1024 * 1024
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def make(target: str, artifacts: Path, **variables: str) -> None:
    venv = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{venv}{os.pathsep}{os.environ['PATH']}", "ARTIFACTS_DIR": str(artifacts)}
    command = ["make", "--no-print-directory", "-C", str(FUNCTIONS), target,
               *(f"{name}={value}" for name, value in variables.items())]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def runtime(tmp_path_factory) -> Path:
    """What Lambda's Python has besides the standard library."""
    folder = tmp_path_factory.mktemp("runtime")
    packages = Path(importlib.metadata.distribution("boto3").locate_file(""))
    for name in LAMBDA_BRINGS:
        (folder / name).symlink_to(packages / name)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, Path]:
    """The folder of each bundle."""
    folder = tmp_path_factory.mktemp("bundles")
    for name, function in BUNDLES.items():
        make(f"build-{function}", folder / name, TARGET_PYTHON=THIS_PYTHON, TARGET_PLATFORM="")
    return {name: folder / name for name in BUNDLES}


@pytest.fixture(params=sorted(BUNDLES))
def bundle(request, built) -> tuple[str, Path]:
    return request.param, built[request.param]


def alone(artifacts: Path, runtime: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Runs `code` with the bundle, the runtime and the standard library, and nothing else."""
    start = f"import sys; sys.path[:0] = [{str(artifacts)!r}, {str(runtime)!r}]; "
    return subprocess.run([sys.executable, "-I", "-S", "-c", start + code], capture_output=True, text=True, timeout=60,
                          env={"AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_SERVICE_NAME": "rollbook"},
                          cwd=artifacts)


def handlers(source: dict, bundle: str) -> list[str]:
    named = [r["Properties"]["Handler"] for r in source["Resources"].values()
             if r["Type"] == "AWS::Serverless::Function"]
    return sorted(name for name in named if name.startswith(f"{bundle}."))


def test_every_handler_imports_from_its_bundle_alone(bundle, runtime, source):
    name, artifacts = bundle
    for handler in handlers(source, name):
        module, _, function = handler.rpartition(".")
        done = alone(artifacts, runtime, f"import {module} as module; assert callable(module.{function})")
        assert done.returncode == 0, f"{handler}: {done.stderr}"


def test_a_bundle_knows_every_time_zone(bundle, runtime):
    done = alone(bundle[1], runtime, "import zoneinfo; zoneinfo.reset_tzpath(to=()); "
                                     "zoneinfo.ZoneInfo('America/Denver')")
    assert done.returncode == 0, done.stderr


def test_a_bundle_holds_no_other_function_and_no_tools(bundle):
    name, artifacts = bundle
    top = {path.name for path in artifacts.iterdir()}
    assert {name, "rostering"} <= top
    assert not top & ({"boto3", "botocore", "cli", "infra", "tests", "bin", *BUNDLES} - {name})


def test_a_bundle_fits_into_lambda(bundle):
    size = sum(path.stat().st_size for path in bundle[1].rglob("*") if path.is_file())
    assert size < LAMBDA_LIMIT_BYTES


def test_bytecode_is_compiled_and_never_checked_against_the_source(bundle):
    compiled = list((bundle[1] / "rostering").rglob("*.pyc"))
    assert compiled
    assert all(path.read_bytes()[4:8] == b"\x01\x00\x00\x00" for path in compiled)  # PEP 552: hash, unchecked


def test_the_fonts_of_the_sheets_are_in_the_bundle_that_prints_them(built, runtime):
    text = (FUNCTIONS / "rostering" / "account_sheets" / "paper.py").read_text()
    fonts = re.findall(r'"((?:fontpkg|paperang)_\w+)", "([^"]+)"', text)
    assert fonts
    done = alone(built["sync"], runtime, "from importlib.resources import files; "
                 f"assert all((files(package) / path).is_file() for package, path in {fonts!r})")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_a_bundle_lists_each_package_that_its_code_imports(name):
    """Also those that are imported late, in a function."""
    graph = grimp.build_graph(name, "rostering", include_external_packages=True, exclude_type_checking_imports=True,
                              cache_dir=None)
    seen: set[str] = set()
    left = [name, *graph.find_descendants(name)]
    packages = set()
    while left:
        module = left.pop()
        if module in seen:
            continue
        seen.add(module)
        parent = module.rpartition(".")[0]
        left += [parent] if parent in graph.modules else []
        for imported in graph.find_modules_directly_imported_by(module):
            if graph.is_module_squashed(imported):
                packages.add(imported)
            else:
                left.append(imported)
    given = {line.strip() for line in (FUNCTIONS / name / "requirements.in").read_text().splitlines()}
    found = importlib.metadata.packages_distributions()
    for package in packages - set(sys.stdlib_module_names) - set(LAMBDA_BRINGS):
        assert {re.sub(r"[-_.]+", "-", each).lower() for each in found[package]} & given, f"{name} imports {package}"


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_a_bundle_gets_the_very_versions_that_the_tests_run_with(name):
    def pins(path: Path) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", path.read_text(), re.MULTILINE))
    ours = pins(ROOT / "requirements.lock")
    assert pins(FUNCTIONS / name / "requirements.txt").items() <= ours.items()


def test_every_function_of_the_template_has_a_bundle(source):
    wanted = {f"build-{name}" for name, r in source["Resources"].items() if r["Type"] == "AWS::Serverless::Function"}
    for target in wanted:
        done = subprocess.run(["make", "-C", str(FUNCTIONS), "--dry-run", target, "ARTIFACTS_DIR=out"],
                              capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
    assert all(r["Metadata"] == {"BuildMethod": "makefile"} for r in source["Resources"].values()
               if r["Type"] == "AWS::Serverless::Function")
