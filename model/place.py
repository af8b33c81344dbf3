"""A place: one street, or several streets of equal size where it is larger than a street can be (MODEL section 24).

One street with 300 clerks at one counter is not what a district of a million people looks like. Its streets differ in nothing but
size by one and luck; each has its own share of every district department (MODEL 21a), so that what they share is the district's
capacity for each of them. Shocks of weather and season are each street's own, which makes the sum a little steadier than
a district's would be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from model import draws
from model.configuration import Configuration
from model.observation import Observation, observe, pool
from model.organization import Staff
from model.run import EngineName, Outcome, simulate

LARGEST_STREET = 150_000
USUAL_STREET = 60_000
_LARGEST_SEED = 2**62 - 1


def street_sizes(residents: int) -> tuple[int, ...]:
    """The residents of each street of a place: the place itself, or above `LARGEST_STREET` streets of about 60,000."""
    if residents <= LARGEST_STREET:
        return (residents,)
    streets = round(residents / USUAL_STREET)
    size, larger = divmod(residents, streets)
    return tuple(size + (number < larger) for number in range(streets))


def street_seed(seed: int, number: int) -> int:
    """The seed of street `number` of a place, of its own and the same in every scenario; the first has the run's seed."""
    if number == 0:
        return seed
    return draws.key(seed, draws.POPULATION, draws.key_of(f"street/{number}"), 0) & _LARGEST_SEED


def simulate_streets(
    configuration: Configuration, seed: int, engine: EngineName, log: bool, window: tuple[int, int], staff: Staff
) -> Iterator[Outcome]:
    """Run the streets of a place one after another; each may be forgotten before the next is run."""
    for number, residents in enumerate(street_sizes(configuration.residents)):
        yield simulate(
            replace(configuration, residents=residents), street_seed(seed, number), engine, log, window, staff
        )  # fmt: skip


def observe_place(
    outcomes: Iterator[Outcome], configuration: Configuration, also: Callable[[Outcome, Observation], None]
) -> Observation:
    """What indicators need of all streets together. `also` sees each street's outcome before it is forgotten."""
    seen = []
    for outcome in outcomes:
        seen.append(observe(outcome))
        also(outcome, seen[-1])
        del outcome  # else it would stay in memory while the next street is run
    return replace(pool(seen), configuration=configuration) if len(seen) > 1 else seen[0]
