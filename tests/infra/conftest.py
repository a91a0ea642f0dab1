"""`template.yaml` as it is written, and as CloudFormation gets it from AWS's own translator."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from infra import asl

ROOT = Path(__file__).resolve().parents[2]


class NoManagedPolicies:
    """Policies are written out here, so the translator has no names of AWS's policies to look up."""

    def load(self) -> dict[str, str]:
        return {}


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
    return transform(document, {}, NoManagedPolicies())["Resources"]


@pytest.fixture(scope="session")
def functions(resources: dict[str, Any]) -> dict[str, Any]:
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == "AWS::Lambda::Function"}
