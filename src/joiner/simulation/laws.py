"""The laws of DESIGN §4 as they can be judged at each single write in an org, from the model's truth and the org's own log.

===================  =================================================================================================
removal evidence     a deactivated person had left, or was gone, in the very truth that the run was served; one who is only
                     absent was also missing from an earlier proven read, at least ``grace`` before
ownership            a value is changed only by its owner, and only to what the source truly wanted
one-sided edit       what a human changed, and the source did not, stands
nobody doubled       at most one live account per person and org
nobody confused      no account is given to another person; no leaver is revived
===================  =================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from joiner.simulation.ledger import Ledger, as_set
from joiner.simulation.org_front import OrgFront, OrgWrite, View
from joiner.simulation.roster import PLAIN, SETS, Served, desired
from joiner.simulation.watch import Run
from joiner.store.port import Intent

GRACE_SLACK_SECONDS = 1.0
EVIDENCE_WAIVED = frozenset({"first_absence", "unproven"})
"""A person who knows that somebody is gone may approve what the evidence does not show."""
KEPT_BY_ORG = frozenset({"org", "create_only", "fill_if_empty"})
"""Owners under which a value that is there is the org's."""
PARKED = "joiner-parked-"
"""How a user name begins while two people swap theirs."""
SMALL_POPULATION_REMOVALS_MAX = 2
"""The model's own figure (RELIABILITY R4): the worlds never hold more than 20 people."""


@dataclass(slots=True)
class Judge:
    """Judges each write of an engine against truth. ``breaks`` notes a broken law."""

    ledger: Ledger
    fronts: dict[str, OrgFront]
    grace_seconds: float
    breaks: Callable[[str, str], None]

    def write(self, write: OrgWrite, run: Run | None) -> None:
        """Judge one changed account, then enter it into the ledger."""
        if run is not None:
            self._engine_write(write, run)
        intent = self._intent(write, run) if run is not None else None
        self.ledger.note(write, intent.id if intent is not None else "")
        self._doubled(write)

    def link(self, run: Run, key: str, account: str) -> None:
        """The engine remembers that an account is a person's. An account made by hand may be anybody's who has its address."""
        place = (run.org, account)
        owner, served = self.ledger.persons.get(place), self._served(run)
        if owner is not None:
            if owner != key:
                self.breaks("nobody confused", f"{run.name} gives the account {account} of {owner} to {key}")
            return
        name = self.fronts[run.org].views[account]["userName"]
        row = served.truth.get(key) if served is not None else None
        if row is not None and row.email.lower() != name and place in self.ledger.handmade:
            self.breaks("nobody confused", f"{run.name} gives {key} the account {name}, which carries another address")
        self.ledger.persons[place] = key

    def _engine_write(self, write: OrgWrite, run: Run) -> None:
        self._judge_write(write, run)
        run.touched.add(self.ledger.persons.get((write.org, write.account), write.account))

    def _judge_write(self, write: OrgWrite, run: Run) -> None:
        if write.before is None:
            self._create(write, run)
            return
        if (write.org, write.account) not in self.ledger.persons:
            self._claim(write, run)
        key = self.ledger.persons.get((write.org, write.account), "")
        if not key:
            self.breaks("ownership", f"{run.name} changed the account {write.after['userName']}, which belongs to nobody in the source")
            return
        served = self._served(run)
        if served is None:
            self.breaks("plan", f"{run.name} wrote without having read its source")
            return
        if write.before["active"] and not write.after["active"]:
            self._removal(write, run, key, served)
        else:
            self._change(write, run, key, served)

    def _claim(self, write: OrgWrite, run: Run) -> None:
        """The first write to an account made by hand comes before its bond; the intent says for whom it is."""
        intent = self._intent(write, run)
        if intent is not None and intent.person is not None:
            self.link(run, intent.person.key, write.account)

    @staticmethod
    def _intent(write: OrgWrite, run: Run) -> Intent | None:
        """The newest intent of this run: a run sends one write at a time."""
        return next(
            (intent for intent in reversed(run.intents.values()) if intent.target_id in (write.account, "") or intent.person is None), None
        )

    def _served(self, run: Run) -> Served | None:
        return next(iter(run.served.values()), None)

    # ------------------------------------------------------------ existence

    def _create(self, write: OrgWrite, run: Run) -> None:
        key, served = str(write.after["externalId"]), self._served(run)
        row = served.truth.get(key) if served is not None else None
        if row is None or row.left:
            self.breaks("nobody confused", f"{run.name} created {write.after['userName']} for {key or 'nobody'}, who is not employed")
            return
        self.ledger.persons[write.org, write.account] = key
        for attribute, wanted in desired(row).items():
            if attribute != "groups" and wanted and write.after[attribute] != wanted:
                self.breaks(
                    "ownership", f"{run.name} created {key} with {attribute} {write.after[attribute]!r}, the source wants {wanted!r}"
                )

    def _removal(self, write: OrgWrite, run: Run, key: str, served: Served) -> None:
        row = served.truth.get(key)
        if row is not None and not row.left and not self._let_go_since(run, key, served):
            self.breaks(
                "removal evidence",
                f"{run.name} deactivated {key}, who is employed: listed {key in served.shown}, read proven {served.proven}",
            )
            return
        for attribute in PLAIN:
            assert write.before is not None
            if attribute != "division" and write.before[attribute] != write.after[attribute]:
                self.breaks("ownership", f"{run.name} changed {attribute} of {key} while deactivating")
        kind = "leavers" if row is not None and key in served.shown else "vanished"
        run.removed[kind] = run.removed.get(kind, 0) + 1
        if run.removed[kind] > SMALL_POPULATION_REMOVALS_MAX and not run.approved & {
            kind,
            *(EVIDENCE_WAIVED if kind == "vanished" else ()),
        }:
            self.breaks("guard", f"{run.name} removed {run.removed[kind]} {kind} of a handful of people, and nobody approved it")
        if kind == "leavers":
            return
        if not run.approved & EVIDENCE_WAIVED and not self._twice_missing(run.org, key, served):
            self.breaks(
                "removal evidence",
                f"{run.name} deactivated {key}, who was not missing from two proven reads {self.grace_seconds:.0f} s apart",
            )

    def _let_go_since(self, run: Run, key: str, served: Served) -> bool:
        """Whether a person's word is newer than the run's read: he approved exactly this plan and knew that they were gone by then."""
        return bool(run.approved & EVIDENCE_WAIVED) and key not in served.shown and not self.ledger.roster.present(key)

    def _twice_missing(self, org: str, key: str, served: Served) -> bool:
        if not served.proven:
            return False
        for earlier in reversed(self.ledger.roster.served):
            if earlier is served or not earlier.proven or not earlier.engine.startswith(f"engine {org}"):
                continue
            if key in earlier.shown:
                continue
            if served.wall - earlier.wall >= self.grace_seconds - GRACE_SLACK_SECONDS:
                return True
        return False

    def _doubled(self, write: OrgWrite) -> None:
        key = self.ledger.persons.get((write.org, write.account))
        if key is None or not write.after["active"]:
            return
        views = self.fronts[write.org].views
        live = [
            account
            for (org, account), owner in self.ledger.persons.items()
            if org == write.org and owner == key and views[account]["active"]
        ]
        if len(live) > 1:
            self.breaks("nobody doubled", f"{key} has {len(live)} live accounts in {write.org}: {', '.join(live)}")

    # ------------------------------------------------------------ values

    def _change(self, write: OrgWrite, run: Run, key: str, served: Served) -> None:
        assert write.before is not None
        row = served.truth.get(key)
        if (row is None or row.left) and _only_leaves_groups(write.before, write.after):
            self._set(write, run, key, "groups", frozenset(), revived=False)
            return
        if row is None or row.left:
            self.breaks(
                "nobody confused", f"{run.name} changed or revived {key}, who is not employed: {_differences(write.before, write.after)}"
            )
            return
        revived = not write.before["active"] and bool(write.after["active"])
        wanted = desired(row)
        for attribute in PLAIN:
            if write.before[attribute] != write.after[attribute]:
                self._plain(write, run, key, attribute, wanted[attribute], revived=revived)
        for attribute in SETS:
            self._set(write, run, key, attribute, wanted[attribute], revived=revived)
        for attribute in ("externalId", "mobile"):
            if write.before[attribute] != write.after[attribute] and (
                attribute == "mobile" or write.after[attribute] != key or write.before[attribute]
            ):
                self.breaks(
                    "ownership", f"{run.name} changed {attribute} of {key} from {write.before[attribute]!r} to {write.after[attribute]!r}"
                )

    def _plain(self, write: OrgWrite, run: Run, key: str, attribute: str, wanted: object, *, revived: bool) -> None:
        assert write.before is not None
        before, after = write.before[attribute], write.after[attribute]
        story = f"{run.name} changed {attribute} of {key} from {before!r} to {after!r}"
        if attribute == "userName" and str(after).startswith(PARKED):
            return
        if after != wanted:
            if not (revived and before in ("", "Home")):
                self.breaks("ownership", f"{story}; the source wants {wanted!r}")
        elif self.ledger.chart[attribute] in KEPT_BY_ORG and before:
            self.breaks("ownership", f"{story}; {self.ledger.chart[attribute]} ownership keeps it")
        elif self.ledger.chart[attribute] == "create_only" and not revived:
            self.breaks("ownership", f"{story} long after the account was created")
        elif revived and not before:
            return  # offered again to somebody who is back
        elif self.ledger.chart[attribute] == "shared" and self.ledger.human_edit_is_lost(write.org, write.account, attribute, before, key):
            self.breaks("one-sided edit", f"{story}: a human's edit is lost")

    def _set(self, write: OrgWrite, run: Run, key: str, attribute: str, wanted: object, *, revived: bool) -> None:
        assert write.before is not None
        assert isinstance(wanted, frozenset)
        before, after = as_set(write.before, attribute), as_set(write.after, attribute)
        story = f"{run.name} changed {attribute} of {key} from {sorted(before)} to {sorted(after)}"
        if (after - before) - wanted and not revived:
            self.breaks("ownership", f"{story}; the source wants {sorted(wanted)}")
        if self.ledger.chart[attribute] == "create_only" and before != after and before and not revived:
            self.breaks("ownership", f"{story}; the org owns it since the account was created")
        for element in sorted(after - before):
            piece = (write.org, write.account, attribute, element)
            if self.ledger.chart[attribute] == "shared" and not revived and self.ledger.taken_and_not_asked_for(piece, key):
                self.breaks("one-sided edit", f"{story}: {element} was taken away by hand")
        for element in sorted(before - after):
            if element in wanted or self.ledger.element_is_foreign(write.org, write.account, attribute, element, key):
                self.breaks("one-sided edit", f"{story}: {element} was not ours to take away")


def _differences(before: View, after: View) -> str:
    return ", ".join(f"{name} {before[name]!r} → {after[name]!r}" for name in after if before.get(name) != after[name])


def _only_leaves_groups(before: View, after: View) -> bool:
    return as_set(after, "groups") < as_set(before, "groups") and all(before[name] == after[name] for name in after if name != "groups")
