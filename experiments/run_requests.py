"""Making the runs of a study on any `concurrent.futures` executor: few in flight, each stored when it finishes.

Runs that are stored already are skipped, so that a study that was stopped goes on where it was. A worker that dies takes its
pool along; the runs then in flight are made again one at a time, so that the one at fault is found and recorded as lost. If
several in a row kill their worker, a run from elsewhere in the study tells whether they are at fault or the machine is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import ExitStack
from itertools import chain, islice
from types import TracebackType
from typing import Any

from experiments.run_store import Packed, RunRequest, RunStore
from experiments.run_worker import Trial, make_run, measure_staff
from experiments.runner import Progress
from experiments.workers import InProcess, default_workers, worker_pool
from model.compilation import is_compiled
from model.errors import JiedaoError

IN_FLIGHT_PER_WORKER = 8  # those included that wait for their street's trial, so that no worker idles
TRIALS_KEPT = 64
DEATHS_IN_A_ROW = 3  # after so many it is time to ask whether the fault is in the runs
LOOK_AHEAD = 1_000  # runs among which others are sought if none was made yet: neighbours are alike
OTHERS_TRIED = 5
LOST = "the worker process ended unexpectedly, most likely for lack of memory"

Place = tuple[str, tuple[tuple[str, Any], ...]]
"""A street and a draw. Runs of one place have the same own values as a rule, and then the same staff."""


def run_requests(
    requests: Iterable[RunRequest],
    store: RunStore,
    workers: int | None = None,
    progress: Progress = lambda: None,
    executor: Executor | None = None,
    skipped: Progress = lambda: None,
) -> None:
    """Make every run that the store does not have, and store it, as a result or as an error.

    Without an `executor` runs go to local processes, `workers` of them (default: the number of processors); one worker is this
    process. `requests` may be of any length and is read as runs are handed out; those of one street and draw should stand close
    together, since they share a trial. `progress` is called once for every run made, `skipped` for every one that need not be
    made. Raises JiedaoError if the caller's executor breaks or if workers die whatever they do, InputFileError if the store
    cannot be written; what is stored stays.
    """
    store.forget_lost()
    with Crew(workers, executor) as crew:
        crew.make(requests, store, progress, skipped)


class Crew:
    """Workers for several rounds of runs: local processes, replaced when one dies, or an executor of the caller's."""

    def __init__(self, workers: int | None = None, executor: Executor | None = None) -> None:
        self._workers = workers or default_workers()
        self._given = executor or (InProcess() if workers == 1 else None)
        self._limit = 1 if isinstance(self._given, InProcess) else self._workers * IN_FLIGHT_PER_WORKER
        self._pools = ExitStack()
        self._pool: Executor | None = None
        self._lived: RunRequest | None = None  # a run that its worker survived, the last one if it was made here

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pools.__exit__(kind, error, trace)

    def make(
        self,
        requests: Iterable[RunRequest],
        store: RunStore,
        progress: Progress = lambda: None,
        skipped: Progress = lambda: None,
    ) -> None:
        """One round: as `run_requests`, except that lost runs stay lost."""
        waiting = iter(requests)
        while suspects := self._work_through(
            _Dispatch(store, self._executor(), self._limit, progress, skipped), waiting
        ):
            if self._given is not None:
                raise JiedaoError(f"the executor broke ({LOST}): every finished run is stored, start again to go on")
            self._pools.close()
            self._pool = None
            waiting = self._find_the_guilty(suspects, waiting, store, progress)

    def _executor(self) -> Executor:
        if self._given is None and self._pool is None:
            self._pool = self._pools.enter_context(worker_pool(self._workers))
        return self._given or self._pool

    def _work_through(self, dispatch: _Dispatch, requests: Iterator[RunRequest]) -> list[RunRequest]:
        suspects = dispatch.work_through(requests)
        self._lived = dispatch.lived or self._lived
        return suspects

    def _find_the_guilty(
        self, suspects: list[RunRequest], waiting: Iterator[RunRequest], store: RunStore, progress: Progress
    ) -> Iterator[RunRequest]:
        """Make runs one at a time, and record as lost those whose worker dies; gives what is still to be made."""
        rest = iter(suspects)
        deaths, stored = 0, len(store)
        while guilty := self._one_at_a_time(rest, store, progress):
            deaths = deaths + 1 if len(store) == stored else 1
            store.write([(store.key(guilty[0]), Packed(None, LOST, lost=True))])
            progress()
            stored = len(store)
            if deaths == DEATHS_IN_A_ROW:
                ahead = [*rest, *islice(waiting, LOOK_AHEAD)]
                others = [self._lived] if self._lived else ahead[:: -(len(ahead) // OTHERS_TRIED + 1)]
                if not any(_is_survived(other, store) for other in others):
                    raise JiedaoError(
                        f"{deaths} runs in a row failed because {LOST}, and so did others from elsewhere in the study: every "
                        "finished run is stored; try fewer residents or a machine with more memory, and start again to go on"
                    )
                return chain(ahead, waiting)
        return waiting

    def _one_at_a_time(self, requests: Iterator[RunRequest], store: RunStore, progress: Progress) -> list[RunRequest]:
        """The run whose worker died, if one did; the rest is still to be made then."""
        with worker_pool(1) as pool:
            return self._work_through(_Dispatch(store, pool, 1, progress), requests)


def _is_survived(request: RunRequest, store: RunStore) -> bool:
    """Whether a worker survives a run, which may have been made before."""
    with worker_pool(1) as pool:
        run = pool.submit(make_run, request, store.keep)
        wait([run])
        return not _is_broken(run)


class _Dispatch:
    """Hands runs to one executor, at most `limit` at a time, and stores what comes back."""

    def __init__(
        self,
        store: RunStore,
        executor: Executor,
        limit: int,
        progress: Progress,
        skipped: Progress = lambda: None,
    ) -> None:
        self.store, self.executor, self.limit = store, executor, limit
        self.progress, self.skipped = progress, skipped
        self.unfinished: dict[bytes, RunRequest] = {}
        self.runs: dict[Future[Packed], bytes] = {}
        self.trials: dict[Future[Trial], Place] = {}
        self.waiting: dict[Place, list[bytes]] = {}
        self.staff: OrderedDict[Place, Trial | None] = OrderedDict()
        self.lived: RunRequest | None = None
        self.compiled = is_compiled()

    def work_through(self, requests: Iterator[RunRequest]) -> list[RunRequest]:
        """The runs that were in flight when the executor broke; none if all were made."""
        try:
            for request in requests:
                self._hand_out(request)
                while len(self.unfinished) >= self.limit:
                    self._collect()
            while self.unfinished:
                self._collect()
        except (BrokenExecutor, CancelledError):
            return list(self.unfinished.values())
        finally:
            for future in (*self.runs, *self.trials):
                future.cancel()
        return []

    def _hand_out(self, request: RunRequest) -> None:
        """Submit a run, or the trial of its street that must come before it."""
        key = self.store.key(request)
        if key in self.unfinished or self.store.has_key(key):
            self.skipped()
            if self.lived is None and key not in self.unfinished and not self.store.read(request).error:
                self.lived = request
            return
        self.unfinished[key] = request
        place = (request.street, tuple(sorted(request.draw.items())))
        if place in self.staff:
            self._submit(key, place)
        elif place in self.waiting:
            self.waiting[place].append(key)
        else:
            self.waiting[place] = [key]
            trial = self.executor.submit(measure_staff, request)
            self.trials[trial] = place
            if not self.compiled:  # or all workers would compile the same at once
                wait([trial])
                self.compiled = True

    def _submit(self, key: bytes, place: Place) -> None:
        self.staff.move_to_end(place)
        run = self.executor.submit(make_run, self.unfinished[key], self.store.keep, self.staff[place])
        self.runs[run] = key

    def _collect(self) -> None:
        """Wait until something has finished; store all that has, then submit what waited for it."""
        done = wait([*self.runs, *self.trials], return_when=FIRST_COMPLETED).done
        finished = [(self.runs.pop(future), future) for future in done if future in self.runs]
        sound = [(key, _packed(future)) for key, future in finished if not _is_broken(future)]
        self.store.write(sound)
        for key, packed in sound:
            request = self.unfinished.pop(key)
            if packed.rows is not None:
                self.lived = request
            self.progress()
        for future in [future for future in done if future in self.trials]:
            place = self.trials.pop(future)
            # A trial that fails is left to the runs, which fail by themselves or do without.
            self._remember(place, None if future.exception() else future.result())
            for key in self.waiting.pop(place):
                self._submit(key, place)
        if len(sound) < len(finished):
            raise BrokenExecutor

    def _remember(self, place: Place, trial: Trial | None) -> None:
        self.staff[place] = trial
        while len(self.staff) > TRIALS_KEPT:
            self.staff.popitem(last=False)


def _is_broken(future: Future[Any]) -> bool:
    """Whether the executor and not the run is at fault."""
    return future.cancelled() or isinstance(future.exception(), BrokenExecutor)


def _packed(future: Future[Packed]) -> Packed:
    """What came of a run; what goes wrong around a run, such as too little memory, may go well another time."""
    error = future.exception()
    return future.result() if error is None else Packed(None, f"{type(error).__name__}: {error}", lost=True)
