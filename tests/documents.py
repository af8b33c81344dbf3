"""JSON documents that commands print, against the schema files that users may rely on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parent.parent / "experiments" / "schemas"


def schema(name: str) -> dict[str, Any]:
    """The schema file of a command's document."""
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def check_document(name: str, document: Mapping[str, Any], part: str = "") -> None:
    """Fail with the first thing that does not fit; `part` checks one property of the document."""
    declared = schema(name)
    Draft202012Validator(declared["properties"][part] if part else declared).validate(document)
