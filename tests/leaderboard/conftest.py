"""A board with simulated runs in a server of its own, for a browser."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cft_eval.server.intake.problems import PUBLISHED
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from tests.server import boards
from tests.simulated import MATH, SIZES, Simulation, arms, fill

HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "\u202e gnp.exe $\\kern-9999em\\raisebox{9999em}{x}$ \\[" + "\\frac{" * 3000 + "\\] "
)
LONG_LINE = "W" * 1_000_000
"""One line of a megabyte."""


SCALE = 0.02
CHOSEN = [arm for arm in arms() if arm.base == MATH and (arm.step or 98) > 80]


def run_id(name: str) -> str:
    """The id of a simulated model's run."""
    return f"{[arm.name for arm in CHOSEN].index(f'example/{name}') + 1:016x}"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a board with the paper's arms, on small test sets, and two hostile runs."""
    config = boards.settings(tmp_path_factory.mktemp("simulated"))
    database, blobs = Database(config.database), Blobs(config.blob_folder)
    fill(database, blobs, scale=SCALE, chosen=CHOSEN)
    sizes = {name: max(12, round(size * SCALE)) for name, size in SIZES.items()}
    simulation = Simulation(database, blobs, sizes)
    evil = replace(arms()[0], name=HOSTILE[:250], tags=(HOSTILE[:200],), data=HOSTILE[:200])
    simulation.add(evil, 0xE1, hostile=HOSTILE)
    simulation.add(replace(evil, name="W" * 300), 0xE2, hostile=LONG_LINE)
    database.close()
    with boards.served(config, problems=PUBLISHED) as url:
        yield url
