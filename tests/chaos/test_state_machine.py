"""Any sequence of loads, restatements, corrections, withdrawals, replays and purges, by law.

After each step the cube shows what the oracle adds up, now and as known at an earlier snapshot,
with the keepers as they were and as they are; what a purge took is gone, and nothing else.
"""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from server.cube.elements import MEMBERSHIPS
from tests.chaos.doing import do
from tests.chaos.files import chance_of
from tests.chaos.house import House, opened, settings_of
from tests.chaos.oracle import Oracle
from tests.chaos.scale import SEED, scale
from tests.chaos.story import Kind, make_step
from tests.engine import fresh_database
from tests.stores import place_metadata

pytestmark = pytest.mark.harness

CHANCES = st.integers(0, 2**32)


class Ledger(RuleBasedStateMachine):
    """A house of its own for each sequence; one engine for all."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        home = Path(self._open.enter_context(tempfile.TemporaryDirectory(dir=_memory())))
        place_metadata(home)
        self.house: House = self._open.enter_context(
            opened(settings_of(home, INDICUBE_CLICKHOUSE=fresh_database()))
        )
        self._open.callback(self._drop)
        self.oracle = Oracle()
        self.steps = 0

    def teardown(self) -> None:
        """Forget the house."""
        self._open.close()

    @rule(chance=CHANCES)
    def load(self, chance: int) -> None:
        self._do("till", chance)

    @rule(chance=CHANCES)
    def restate(self, chance: int) -> None:
        self._do("book", chance)

    @rule(chance=CHANCES)
    def upsert(self, chance: int) -> None:
        self._do("orders", chance)

    @rule(chance=CHANCES)
    def move_to_other_regions(self, chance: int) -> None:
        self._do("stalls", chance)

    @rule(chance=CHANCES)
    def change_hands(self, chance: int) -> None:
        self._do("keepers", chance)

    @rule(chance=CHANCES)
    def change_a_few_hands(self, chance: int) -> None:
        self._do("some keepers", chance)

    @rule(chance=CHANCES)
    def load_parquet(self, chance: int) -> None:
        self._do("parquet", chance)

    @rule(chance=CHANCES)
    def load_together(self, chance: int) -> None:
        self._do("group" if chance % 2 else "split", chance)

    @rule(chance=CHANCES)
    def mend_refused_rows(self, chance: int) -> None:
        self._do("correct", chance)

    @rule(chance=CHANCES)
    def load_in_spite_of_mistakes(self, chance: int) -> None:
        self._do("forgive", chance)

    @rule(chance=CHANCES)
    def replay(self, chance: int) -> None:
        self._do("replay", chance)

    @rule(chance=CHANCES)
    def send_again(self, chance: int) -> None:
        self._do("again", chance)

    @rule(chance=CHANCES)
    def restate_by_decision(self, chance: int) -> None:
        self._do("approve", chance)

    @rule(chance=CHANCES)
    def refuse_a_restatement(self, chance: int) -> None:
        self._do("refuse", chance)

    @rule(chance=CHANCES)
    def append_with_keys(self, chance: int) -> None:
        self._do("slips" if chance % 2 else "refuse slips", chance)

    @rule(chance=CHANCES)
    def count_once_more(self, chance: int) -> None:
        self._do("count" if chance % 2 else "refuse count", chance)

    @rule(chance=CHANCES)
    def withdraw(self, chance: int) -> None:
        self._do("withdraw", chance)

    @rule(chance=CHANCES)
    def restore(self, chance: int) -> None:
        self._do("restore", chance)

    @rule(chance=CHANCES)
    def damage_and_heal(self, chance: int) -> None:
        if chance % 4 == 0:  # it is dear
            self._do("damage", chance)

    @rule(chance=CHANCES)
    def purge(self, chance: int) -> None:
        if chance % 2 == 0:
            self._do("forget", chance)

    @rule(chance=CHANCES)
    def look_back(self, chance: int) -> None:
        if self.oracle.last:
            self.house.check(self.oracle, chance_of(chance).randint(1, self.oracle.last))

    @invariant()
    def everybody_sees_what_the_oracle_says(self) -> None:
        turn = MEMBERSHIPS[self.steps % 2]
        self.house.check(self.oracle, memberships=(turn,))

    def _do(self, kind: Kind, chance: int) -> None:
        self.steps += 1
        step = make_step(chance, self.steps, kind, self.oracle)
        self.oracle = do(self.house, step, self.oracle)

    def _drop(self) -> None:
        store = self.house.runtime.store
        with store.writer() as writer:
            writer.run(f"DROP DATABASE IF EXISTS `{store.database}` SYNC")


def _memory() -> str | None:
    """A folder in memory where there is one: nobody pulls the plug here, so nothing need last."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def test_any_sequence_shows_what_the_oracle_says_at_every_snapshot() -> None:
    run_state_machine_as_test(
        seed(SEED)(Ledger),
        settings=settings(
            max_examples=scale().sequences,
            stateful_step_count=scale().steps,
            deadline=None,
            database=None,
            print_blob=False,
            phases=(Phase.generate,),  # a step takes long: the first failure is told as it is
            suppress_health_check=list(HealthCheck),
        ),
    )
