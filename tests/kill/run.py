"""``make test-kill``: the engine and the server are killed at random moments of an apply of 500 changes; then one more cycle must do.

Afterwards: the next plan is empty, nobody is doubled, nothing is lost that was acknowledged or set by hand, both audit chains are whole.
The count stands in build/kill/*.json: a campaign that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
from http.client import HTTPException
from pathlib import Path

from kill_harness import Campaign, Strike, run_campaign
from northlight import House

from joiner.demo.org_http import PATCH, UnexpectedAnswer, list_all

DELAY_SECONDS_MIN = 0.3
"""Before that the command is still starting."""

ENGINE_SECONDS_MAX = 300.0
WRITES_MAX = 1_000_000


def kill_engine(folder: Path, kills: int, seed: int) -> bool:
    house = House(folder / "engine")
    server = house.set_up(0)
    command = house.engine_command("apply", "--summary", "-q")

    def prepare(number: int) -> None:
        house.write_people(number + 1)

    def verify(strike: Strike) -> None:
        house.converge()
        house.check(strike.number + 1)

    try:
        delays = (DELAY_SECONDS_MIN, house.time_round(1))
        campaign = Campaign("engine", command, kills, seed, *delays, environment=house.environment)
        return not run_campaign(campaign, verify, prepare).failure
    finally:
        server.terminate()
        server.wait()


class Writer(threading.Thread):
    """Somebody who writes to the org one request after another and remembers what was acknowledged."""

    def __init__(self, house: House) -> None:
        super().__init__(daemon=True)
        self.house = house
        self.acknowledged = -1
        self.enough = threading.Event()

    def run(self) -> None:
        org = self.house.org()
        for count in range(WRITES_MAX):
            if self.enough.is_set():
                break
            operation = {"op": "replace", "path": "title", "value": f"count {count}"}
            try:
                if count == 0:
                    wallboard = org.call("GET", "/Users?filter=userName%20eq%20%22wallboard@northlight.example%22")["Resources"][0]["id"]
                org.call("PATCH", f"/Users/{wallboard}", {"schemas": [PATCH], "Operations": [operation]})
            except (OSError, HTTPException, UnexpectedAnswer):
                return
            self.acknowledged = count

    def check(self) -> None:
        self.enough.set()
        self.join()
        org = self.house.org()
        title = next(user.get("title", "") for user in list_all(org, "Users") if user["userName"].startswith("wallboard"))
        org.close()
        kept = int(title.removeprefix("count ")) if title else -1
        assert kept >= self.acknowledged, f"the org acknowledged write {self.acknowledged} and remembers {kept}"


def kill_server(folder: Path, kills: int, seed: int) -> bool:
    house = House(folder / "server")
    first = house.set_up(0)
    delays = (DELAY_SECONDS_MIN, house.time_round(1))
    first.terminate()
    first.wait()
    campaign = Campaign("server", house.server_command(), kills, seed, *delays, ready_text="Serving at", environment=house.environment)
    at_work: list[threading.Thread] = []
    begun = threading.Event()

    def prepare(number: int) -> None:
        """The engine and a second writer begin as soon as the server answers."""
        house.write_people(number + 1)
        at_work[:] = [threading.Thread(target=_apply_once_up, args=(house,), daemon=True), Writer(house)]
        begun.clear()
        threading.Thread(target=_start_once_up, args=(house, list(at_work), begun), daemon=True).start()

    def verify(strike: Strike) -> None:
        server = house.start_server()
        try:
            assert begun.wait(ENGINE_SECONDS_MAX), "the server never answered"
            engine, writer = at_work
            engine.join(ENGINE_SECONDS_MAX)
            assert not engine.is_alive(), "the engine did not end"
            assert isinstance(writer, Writer)
            writer.check()
            house.converge()
            house.check(strike.number + 1)
        finally:
            server.terminate()
            server.wait()

    return not run_campaign(campaign, verify, prepare).failure


def _start_once_up(house: House, threads: list[threading.Thread], begun: threading.Event) -> None:
    while not _up(house):
        threading.Event().wait(0.01)
    for thread in threads:
        thread.start()
    begun.set()


def _up(house: House) -> bool:
    try:
        org = house.org()
        org.call("GET", "/Users?count=1")
        org.close()
    except (OSError, HTTPException, UnexpectedAnswer):
        return False
    return True


def _apply_once_up(house: House) -> None:
    """Whether it fails while the server is away is its own business: what counts is the next cycle."""
    line = house.engine_command("apply", "--summary", "-q")
    subprocess.run(line, env=house.environment, capture_output=True, timeout=ENGINE_SECONDS_MAX, check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("campaigns", nargs="*", default=["engine", "server"])
    chosen = parser.parse_args()
    stories = {"engine": kill_engine, "server": kill_server}
    with tempfile.TemporaryDirectory(prefix="joiner-kill-") as folder:
        held = [stories[name](Path(folder), chosen.kills, chosen.seed) for name in chosen.campaigns]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
