"""What a finished screening gives the study that follows it: its leading factors one by one, all others as one group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from experiments.provenance import code_version
from experiments.sensitivity_factors import Factor, factors_of_records
from experiments.sensitivity_folder import Stored
from experiments.sensitivity_result import leading
from model.configuration import Configuration
from model.errors import ContradictionError, InputFileError, JiedaoError, UnknownNameError
from model.parameters import PARAMETERS
from scenarios.values import STRENGTH

THE_REST = "all_others"


def notes_on(screening: Stored, configurations: Sequence[Configuration]) -> tuple[str, ...]:
    """Where the screening was of other scenarios, residents or weeks than this study, or of another version of the code."""
    configuration = configurations[0]
    there, here = ((place.get("residents"), place.get("weeks")) for place in (screening.manifest, vars(configuration)))
    notes = [] if there == here else [f"the screening had {there[0]:,} residents and {there[1]} weeks"]
    new = [one.scenario for one in configurations if one.scenario not in screening.manifest["scenarios"]]
    notes += [f"the screening was not about {', '.join(new)}: what leads there it cannot say"] if new else []
    if screening.manifest.get("code") != code_version():
        notes.append("the screening was made by another version of the code: what led there may not lead now")
    return tuple(notes)


def screened_factors(
    screening: Stored,
    wanted: int,
    scenarios: Sequence[str],
    outcomes: Sequence[str],
    street: str = "typical",
    also: Sequence[str] = (),
) -> tuple[Factor, ...]:
    """The factors of a finished screening that lead for any of the outcomes under these scenarios, one by one, and all its
    others as one group.

    `also`: factors that are in question whether they lead or not, such as a reform's own settings. The group's total index is
    what the screening may have missed. Raises InputFileError for a study of another method or by a version of the code with
    other parameters, ContradictionError for a screening of another street, whose own values the factors are drawn around, or
    without these outcomes, UnknownNameError for a factor that was not screened.
    """
    folder, manifest, overview = screening.folder, screening.manifest, screening.overview
    if manifest.get("method") != "morris":
        raise InputFileError(
            f"{folder}: is not a finished screening; expected the folder of a study with method morris"
        )
    if manifest["street"] != street:
        raise ContradictionError(f"{folder}: this screening was of {manifest['street']}, not of {street}")
    if lacking := [name for name in outcomes if name not in set(overview["indicator"])]:
        raise ContradictionError(
            f"{folder}: this screening was not about {', '.join(lacking)}; name its outcomes, "
            f"{', '.join(dict.fromkeys(overview['indicator']))}, or make it again with all"
        )
    factors = factors_of_records(manifest["factors"])
    _refuse_outdated(factors, screening)
    asked = overview["scenario"].isin(scenarios) & overview["indicator"].isin(outcomes)
    if not wanted and not also:
        raise JiedaoError(f"{folder}: leading 0: name in factors what is to stand alone")
    first = set(leading(screening.indices, overview.loc[asked], wanted))
    if not first and not also:
        raise JiedaoError(f"{folder}: the screening found no factor that matters beyond luck; ask it for more runs")
    known = {factor.judged_as for factor in factors}
    for name in also:
        if name not in known:
            raise UnknownNameError("factor of the screening", name, sorted(known), str(folder))
    alone = first | set(also)
    # In the order of the screening, so that another choice of those that stand alone makes no other points but the neighbours.
    return tuple(factor if factor.judged_as in alone else replace(factor, group=THE_REST) for factor in factors)


def _refuse_outdated(factors: Sequence[Factor], screening: Stored) -> None:
    """Raises InputFileError for a parameter that is no more, or whose plausible range is another one now."""
    for factor in factors:
        parameter = PARAMETERS.get(factor.name)
        if parameter is None and not factor.name.endswith(STRENGTH):
            raise InputFileError(
                f"{screening.folder}: there is no parameter '{factor.name}' now; make the screening again"
            )
        if parameter and factor.mode is not None and (factor.low, factor.high) != (parameter.low, parameter.high):
            raise InputFileError(
                f"{screening.folder}: '{factor.name}' goes from {parameter.low:g} to {parameter.high:g} now, and no longer "
                f"from {factor.low:g} to {factor.high:g}; make the screening again"
            )
