"""Runs on a Dask cluster instead of local processes, for those who have one; needs the package `distributed`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager

from experiments.workers import default_workers
from model.errors import JiedaoError

LOCAL = "local"


@contextmanager
def dask_executor(address: str | None, workers: int | None) -> Iterator[tuple[Executor | None, int | None]]:
    """An executor on the cluster at `address`, or on a `local` one of `workers` processes, and its number of threads.

    Without an address there is no executor. Raises JiedaoError if Dask is not installed or no scheduler answers.
    """
    if address is None:
        yield None, workers
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise JiedaoError(
            "--dask: needs the package distributed, which is not there: pip install 'jiedao[dask]'"
        ) from None
    with ExitStack() as opened:  # closed whatever ends the batch, or its processes would live on
        try:
            if address == LOCAL:
                n = workers or default_workers()
                cluster = opened.enter_context(LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address=None))
            else:
                cluster = address
            client = opened.enter_context(Client(cluster, timeout="20s"))
        except (OSError, ValueError) as error:
            raise JiedaoError(f"--dask {address}: no scheduler answers there ({error})") from None
        yield client.get_executor(), sum(client.nthreads().values())
