"""How rules and kernels are compiled, and where compiled code is kept.

`rule` marks a function that runs as plain Python in the process engine and compiled in the kernel; `inlined` is another name
for it. `kernel` compiles an entry point with all rules below it, `compiled` a function that is one everywhere.

numba's disk cache looks only at the file of a compiled function and not at the rules it calls, so that an edited rule would leave a
stale kernel in use. Compiled code is therefore kept in a folder named by a hash of all sources of `model`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numba
from numba.core.types import unliteral
from numba.extending import register_jitable

from model.linking import KernelCompiler, RuleCompiler

_KEPT = 6  # folders of older sources that are kept before the oldest goes


_IMPORT = re.compile(r"^from model\.?([\w.]*) import ([\w, ]*)", re.MULTILINE)


def compiled_sources(folder: Path = Path(__file__).parent) -> list[Path]:
    """The files of which compiled code is made: those that use this one, and whatever of `model` they import."""
    texts = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
    found = {path for path, text in texts.items() if "model.compilation" in text or "numba" in text}
    waiting = sorted(found)
    while waiting:
        for module, names in _IMPORT.findall(texts[waiting.pop()]):
            stem = folder.joinpath(*module.split(".")) if module else folder
            candidates = [stem.with_suffix(".py"), *(stem / f"{n.strip()}.py" for n in names.split(","))]
            new = [path for path in candidates if path in texts and path not in found]
            found.update(new)
            waiting.extend(new)
    return sorted(found)


def source_hash(folder: Path = Path(__file__).parent) -> str:
    """SHA-256 over the names and texts of all files that compiled code is made of, and the version of numba."""
    h = hashlib.sha256(numba.__version__.encode())
    for path in compiled_sources(folder):
        h.update(path.relative_to(folder).as_posix().encode())
        h.update(path.read_bytes())
    return h.hexdigest()


def _cache_root() -> Path:
    home = os.environ.get("JIEDAO_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    root = Path(home) / "jiedao"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return root
    except OSError:  # no writable home: compiled code lasts for this login only
        return Path(tempfile.gettempdir()) / f"jiedao-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def cache_folder() -> Path:
    """The folder of compiled code that belongs to exactly these sources."""
    root = _cache_root()
    folder = root / source_hash()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    others = sorted((p for p in root.iterdir() if p.is_dir() and p != folder), key=lambda p: p.stat().st_mtime)
    for old in others[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def is_compiled() -> bool:
    """Whether a kernel of these sources is in the cache already; if not, the first run takes some 40 seconds."""
    return any(cache_folder().rglob("compiled.advance*.nbi"))


numba.config.CACHE_DIR = str(cache_folder())

rule = register_jitable(pipeline_class=RuleCompiler, no_cpython_wrapper=True, no_cfunc_wrapper=True)
inlined = rule
# Without reference counts on the state's arrays a kernel is ten times as fast; it may then allocate nothing.
kernel = numba.njit(cache=True, _nrt=False, pipeline_class=KernelCompiler)


def compiled(function: Callable) -> Callable:
    """A function that is compiled wherever it is called from, once for all whole numbers: numba would do 0, 1, 2 apart."""
    dispatcher = numba.njit(cache=True, pipeline_class=KernelCompiler)(function)
    ask = dispatcher.get_call_template
    dispatcher.get_call_template = lambda args, names: ask(tuple(map(unliteral, args)), names)
    return dispatcher
