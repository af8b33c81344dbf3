"""One street under one scenario, for notebooks and classes: run it, and look at what happened as pandas objects.

>>> from model import Subdistrict
>>> from scenarios import load
>>> life = Subdistrict(load("flattening", residents=1_000, weeks=6)).run(seed=1)
>>> life.weeks.columns.to_list()  # doctest: +NORMALIZE_WHITESPACE
['response_time', 'resolution_time', 'repeat_rate', 'unmet_need_share', 'equity_gap', 'satisfaction', 'cost_per_case', 'backlog']
>>> len(life.weeks)
6
>>> 0.0 < life.value("resolution_time", kind="parking") <= 90 * 24
True
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from model.codes import EVENT_NAMES, HOUR, KIND_NAMES, NEVER, OUTCOME_NAMES
from model.configuration import Configuration
from model.errors import UnknownNameError, ValueOutOfRangeError
from model.indicator_definitions import HEADLINES
from model.indicators import summarise
from model.observation import Observation, observe
from model.panel import panel
from model.place import LARGEST_STREET
from model.run import EngineName, Outcome, simulate, usual_window

if TYPE_CHECKING:
    import pandas as pd

MAIN = ("mean", "share", "sum")  # an indicator's own value, against its percentiles
_TIMES = ("onset", "reported", "acknowledged", "responded", "settled", "closed")


@dataclass(frozen=True)
class Subdistrict:
    """A street and what is in force there: a `Configuration`, as `scenarios.load` makes one.

    Raises ValueOutOfRangeError for more residents than one street has; `experiments.run` knows larger places.
    """

    configuration: Configuration

    def __post_init__(self) -> None:
        if self.configuration.residents > LARGEST_STREET:
            raise ValueOutOfRangeError(
                f"a subdistrict of {self.configuration.residents:,} residents: allowed are at most {LARGEST_STREET:,}; a larger "
                "place is several streets, which experiments.run(..., residents=...) runs together"
            )

    def run(
        self, seed: int = 1, engine: EngineName = "compiled", window: tuple[int, int] | None = None, log: bool = False
    ) -> Life:
        """Let it live through warm-up, measured weeks and follow-up; the same seed brings the same life.

        `window` is the first and last week that headlines are taken from, by default weeks 26 to 51 or the second half of a
        shorter run. `engine="process"` runs the same events as Mesa agents and SimPy processes, slowly. With `log` every event is kept.
        """
        chosen = usual_window(self.configuration.weeks) if window is None else window
        return Life(simulate(self.configuration, seed, engine, log, chosen))


@dataclass(frozen=True)
class Life:
    """One run of a street. All times in the frames are clock hours, since Monday of week 0 where they are moments."""

    outcome: Outcome

    @cached_property
    def _seen(self) -> Observation:
        return observe(self.outcome)

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """Every indicator of the window, of each week and year, by group and kind: the columns of `indicators.parquet`.

        What levers cost is not in street_cost and social_cost: only a study knows it.
        """
        import pandas as pd

        columns = ["period", "group", "kind", "indicator", "statistic", "value", "n"]
        return pd.DataFrame(summarise(self._seen, "weekly").indicators, columns=columns)

    @cached_property
    def weeks(self) -> pd.DataFrame:
        """Headlines and backlog by week, a column each; cohort indicators stand at the week of report."""
        rows = self.indicators
        rows = rows.loc[rows["period"].str.startswith("week-") & rows["statistic"].isin(MAIN)]
        rows = rows.loc[(rows["group"] == "all") & (rows["kind"] == "all")]
        names = [name for name in rows["indicator"].unique() if name in (*HEADLINES, "backlog")]
        table = rows.pivot(index="period", columns="indicator", values="value")[names]
        table.index = table.index.str.removeprefix("week-").astype(int).rename("week")
        return table.sort_index().rename_axis(columns=None)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """Where the time of the window's cases went: mean hours a case by kind and step, and why they passed."""
        import pandas as pd

        return pd.DataFrame(summarise(self._seen).steps, columns=["kind", "step", "hours", "cause"])

    @cached_property
    def cases(self) -> pd.DataFrame:
        """A row for each case in order of report. What has not happened by the end is NaN."""
        import pandas as pd

        records = self._seen.cases.records
        frame = pd.DataFrame({name: records[name] for name in records.dtype.names})
        for name in _TIMES:
            frame[name] = (frame[name] / HOUR).where(frame[name] < NEVER)
        frame["kind"] = pd.Categorical.from_codes(frame["kind"], list(KIND_NAMES))
        frame["outcome"] = pd.Categorical.from_codes(frame["outcome"], list(OUTCOME_NAMES))
        return frame.set_index("name")

    @cached_property
    def panel(self) -> pd.DataFrame:
        """A row for each grid and week, the warm-up included: was it under the new structure, how did its cases go."""
        import pandas as pd

        return pd.DataFrame(panel(self.outcome, self._seen))

    @cached_property
    def events(self) -> pd.DataFrame:
        """Every event in order, of a run with `log=True`; empty otherwise."""
        import pandas as pd

        frame = pd.DataFrame({name: self.outcome.log[name] for name in self.outcome.log.dtype.names})
        frame["time"] = frame["time"] / HOUR
        frame["event"] = pd.Categorical.from_codes(frame["event"], list(EVENT_NAMES))
        return frame

    def value(self, indicator: str, group: str = "all", kind: str = "all", period: str = "window") -> float:
        """One indicator's own value. Raises UnknownNameError with the nearest name, NaN where nothing was there to measure."""
        rows = self.indicators.loc[self.indicators["statistic"].isin(MAIN)]
        for column, wanted in (("period", period), ("group", group), ("kind", kind), ("indicator", indicator)):
            if wanted not in set(self.indicators[column]):
                raise UnknownNameError(column, wanted, set(self.indicators[column]), "this run")
            rows = rows.loc[rows[column] == wanted]
        return float(rows["value"].iloc[0]) if len(rows) else float("nan")
