"""A report as a file: the page that holds its style and its plots, and the plots beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from experiments.plots_style import Picture
from experiments.whole_files import write_whole
from model.errors import InputFileError

REPORT_NAME = "report.html"
FOLDER_OF_PLOTS = "plots"
ENGLISH = "en"


def write_page(
    folder: Path, template: str, content: Mapping[str, Any], say: Callable[..., str], pictures: Mapping[str, Picture]
) -> Path:
    """Write `report.html` from a template of `experiments/templates`, and `plots/*`, into `folder`; returns the page's path.

    A page whose `language` in the content is not English lies beside it, as `report.zh.html` with `plots-zh/*`. Raises
    InputFileError if the folder cannot be written.
    """
    page = _render(template, content, say)
    language = content["language"]
    path, plots = folder / REPORT_NAME, folder / FOLDER_OF_PLOTS
    if language != ENGLISH:
        path, plots = path.with_suffix(f".{language}.html"), plots.with_name(f"{FOLDER_OF_PLOTS}-{language}")
    try:
        for name, drawn in pictures.items():
            drawn.save(plots, name)
        write_whole(path, page.encode("utf-8"))
    except OSError as error:
        raise InputFileError(f"{path}: cannot be written ({error.strerror or error})") from None
    return path


def _render(template: str, content: Mapping[str, Any], say: Callable[..., str]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("experiments"),
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    style = Markup((files("experiments.templates") / "report.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(**content, say=say, style=style)
