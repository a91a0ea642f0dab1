"""`template.yaml` as it is written, and as CloudFormation gets it from AWS's own translator."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from infra import asl

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def source() -> dict[str, Any]:
    return yaml_parse((ROOT / "template.yaml").read_text())


@pytest.fixture(scope="session")
def resources(source: dict[str, Any]) -> dict[str, Any]:
    """Every resource that is deployed, by its logical id."""
    document = copy.deepcopy(source)
    document["Globals"]["Function"]["CodeUri"] = {"Bucket": "code", "Key": "code.zip"}
    properties = document["Resources"]["Sync"]["Properties"]
    del properties["DefinitionUri"]
    properties["Definition"] = asl.machine()
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    return translator.translate(document, {})["Resources"]


@pytest.fixture(scope="session")
def functions(resources: dict[str, Any]) -> dict[str, Any]:
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == "AWS::Lambda::Function"}
