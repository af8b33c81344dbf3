"""What is done where runs are made, on this machine or another: from a request to packed rows.

Every worker loads this file: no pandas, no plots.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

from experiments.assignment import INCLUDING_LEVERS, yearly_cost
from experiments.run_store import Packed, RunRequest, is_kept, pack
from experiments.runner import Job, run_job
from model.configuration import Configuration, Value
from model.indicators import Detail
from model.organization import Staff
from model.trial import staff_for
from scenarios import load


class Trial(NamedTuple):
    """The staff of a street, measured once for all runs whose street has these own values."""

    own_values: str
    staff: Staff


def measure_staff(request: RunRequest) -> Trial:
    """The staff of the request's street."""
    configuration = _configuration(request)
    own = configuration.reference_values
    return Trial(_digest(own), staff_for(configuration.street, own))


def make_run(request: RunRequest, keep: Detail, trial: Trial | None = None) -> Packed:
    """The rows of one run that are kept, or its error.

    A trial for other own values than the run's is not used. Raises MemoryError and OSError (no room for another file), which
    are not the run's own fault.
    """
    try:
        configuration = _configuration(request)
        own = configuration.reference_values
        fits = trial is not None and trial.own_values == _digest(own)
        staff = trial.staff if fits else staff_for(configuration.street, own)
        summary = run_job(Job(configuration, request.seed, request.window, staff=staff, detail=keep))
        cost = yearly_cost(request.scenario, request.settings, configuration.residents)
    except (MemoryError, OSError):
        raise
    except Exception as error:  # whatever it is, it is this run's, and the others go on
        return Packed(None, " ".join(f"{type(error).__name__}: {error}".split()))
    # Levers cost money too, of which a run knows nothing.
    rows = [(*row[:5], row[5] + cost, row[6]) if row[3] in INCLUDING_LEVERS else row for row in summary.indicators]
    return Packed(pack(row for row in rows if is_kept(row, keep)))


def _configuration(request: RunRequest) -> Configuration:
    return load(
        request.scenario, request.street, request.residents, request.weeks, request.settings, draw=request.draw
    )  # fmt: skip


def _digest(values: Mapping[str, Value]) -> str:
    return hashlib.sha256(json.dumps(dict(values), sort_keys=True).encode()).hexdigest()
