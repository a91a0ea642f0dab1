"""Every command that the README and the runbook name is there, with those options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import typer
from samtranslator.yaml_helper import yaml_parse
from typer.testing import CliRunner

from cli.main import app

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("README.md", "infra/runbook.md")
TOP: Any = typer.main.get_command(app)
_FENCE = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")


def written(page: str) -> Iterator[str]:
    """Each command of a page: lines of blocks, and spans. In a table a span may leave out `rollbook`."""
    text = (ROOT / page).read_text()
    for block in _FENCE.findall(text):
        yield from (line.strip().removeprefix("$ ") for line in block.splitlines())
    for line in _FENCE.sub("", text).splitlines():
        last = ""
        for span in _SPAN.findall(line):
            first = span.split()[0]
            if line.startswith("|") and "rollbook" in line and first in TOP.commands and first != "load":
                span = f"rollbook {span}"
            elif line.startswith("| ") and first.startswith("--") and last:
                span = f"{last.partition(' --')[0]} {span}"
            last = span if span.startswith("rollbook ") else last
            yield span


def commands(start: str) -> list[str]:
    return sorted({one for page in PAGES for one in written(page) if one.startswith(start)})


def words(command: str) -> list[str]:
    """The words of a command; what is optional counts as given, what follows `or:` is another, `<a b>` is a value."""
    plain = re.sub(r"\s+or:? .*", "", command).replace("[", "").replace("]", "").replace("|", " ")
    plain = re.sub(r"<[^<>]+>", "VALUE", plain)
    return shlex.split(plain, comments=True)


def check(command: str) -> str:
    """The path of a command whose words are all there. Raises AssertionError."""
    path, left = [], words(command)[1:]
    here = TOP
    while hasattr(here, "commands") and left and not left[0].startswith(("-", "…")):
        assert left[0] in here.commands, f"{command}: there is no `{left[0]}`"
        path.append(left[0])
        here = here.commands[left.pop(0)]
    options = {name: one for one in here.params if one.param_type_name == "option"
               for name in (*one.opts, *one.secondary_opts)}
    values = 0
    while left:
        word, _, given = left.pop(0).partition("=") if left[0].startswith("--") else (left.pop(0), "", "")
        if word.startswith("--"):
            assert word in options or word == "--help", f"{command}: there is no {word}"
            if word in options and not options[word].is_flag and not given and left:
                left.pop(0)
        else:
            values += word != "…"
    arguments = [one for one in here.params if one.param_type_name == "argument"]
    most = 99 if any(one.nargs == -1 for one in arguments) else len(arguments)
    assert values <= most, f"{command}: {values} values for {most} arguments"
    return " ".join(path)


@pytest.mark.parametrize("command", commands("rollbook "))
def test_a_command_is_there_with_its_options(command):
    check(command)


def paths(group: Any, above: tuple[str, ...] = ()) -> Iterator[str]:
    for name, one in group.commands.items():
        yield from paths(one, (*above, name)) if hasattr(one, "commands") else [" ".join((*above, name))]


@pytest.mark.parametrize("path", sorted(paths(TOP)))
def test_every_command_explains_itself(path):
    shown = CliRunner().invoke(app, [*path.split(), "--help"])
    assert shown.exit_code == 0 and "Usage" in shown.output


def test_the_pages_name_most_commands():
    found = {check(command) for command in commands("rollbook ")}
    assert {"load", "approve", "zone set", "operator resume", "dead-letters redrive", "batch unlock"} <= found
    assert len(found) > 60


@pytest.mark.parametrize("command", [
    "rollbook lode x.xlsx", "rollbook approve LOAD --force", "rollbook approve LOAD OTHER",
    "rollbook operator redrive"])
def test_a_command_that_is_not_there_is_noticed(command):
    with pytest.raises(AssertionError, match=r"there is no|values for"):
        check(command)


@cache
def operations(service: str) -> dict[str, Any]:
    """The operations of a service of AWS, as the AWS command line writes them."""
    model = botocore.session.Session().get_service_model(service)
    return {dashed(name): model.operation_model(name) for name in model.operation_names}


def dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


@pytest.mark.parametrize("command", [one for one in commands("aws ") if not one.startswith("aws s3 ")])
def test_a_command_of_aws_is_one_of_its_operations_with_its_members(command):
    _, service, operation, *left = words(command)
    shape = operations(service)[operation].input_shape
    known = {f"--{dashed(name)}" for name in shape.members}
    given = {word for word in left if word.startswith("--")}
    assert given <= known
    assert {f"--{dashed(name)}" for name in shape.required_members} <= given


def test_the_parameters_that_the_pages_set_are_the_templates():
    parameters = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
    named = {name for command in commands("sam deploy") for name in re.findall(r"(\w+)=", command)}
    assert named and named <= parameters.keys()
