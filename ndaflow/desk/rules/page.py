"""What the pages of the rules show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, QuerySet, Value, When
from django.utils import timezone
from django.utils.text import capfirst

from ndaflow.desk.rules.forms import LimitForm, RuleForm, SwitchOffForm
from ndaflow.rules import catalogue, flaws, policy, wording
from ndaflow.rules.catalogue import Catalogue
from ndaflow.rules.checking import problems
from ndaflow.rules.flows import drafting
from ndaflow.rules.flows.deciding import decided_since, midnight
from ndaflow.rules.flows.trying import DAYS, digest_of
from ndaflow.rules.models import Comparison, DryRun, Finding, RuleControl, RuleDraft, RuleVersion
from ndaflow.rules.policy import Rule

VERSIONS, FINDINGS = 5, 3


@dataclass(frozen=True)
class Said:
    """A rule as a sentence in parts, so that a page can mark them."""

    name: str
    conditions: list[str]
    effects: str
    tone: str

    @classmethod
    def of(cls, rule: Rule, site: Catalogue) -> "Said":
        tone = "good" if rule.then.approve_days is not None else "bad" if rule.then.deny is not None else "none"
        conditions = [wording.condition(clause, site.names) for clause in rule.when]
        return cls(rule.name, conditions, wording.effects(rule.then), tone)


@dataclass(frozen=True)
class Line:
    """One rule in the list: its sentence, what is wrong with it, and how often it fitted in the dry run."""

    number: int
    key: str
    said: Said
    is_changed: bool
    problems: list[str]
    fitted: int | None
    form: RuleForm | None
    is_last: bool
    # Of the draft, which a button sends back.
    step: int


@dataclass(frozen=True)
class Share:
    """One part of the result of a dry run: a bar and a row of the table."""

    comparison: Comparison
    label: str
    count: int
    start: int

    @property
    def of(self) -> str:
        if self.comparison in {Comparison.SAME, Comparison.PERSON}:
            return "same" if self.comparison is Comparison.SAME else "other"
        return "more"


@dataclass(frozen=True)
class Edit:
    """One difference between two lists of rules: what a rule said before and says after; None for no rule."""

    before: Said | None
    after: Said | None
    is_moved: bool = False


def context(opened: str = "", typed: RuleForm | None = None) -> dict[str, Any]:
    """The page of the draft. `opened` is the rule that is shown as a form; `typed` is that form with its errors."""
    site, draft, control, version = catalogue.read(), drafting.current(), RuleControl.now(), RuleVersion.in_force()
    rules = policy.read(draft.rules)
    found = problems(rules, site.known)
    run = DryRun.objects.first()
    is_current = run is not None and run.digest == digest_of(draft.rules)
    edits = difference(version, draft, site)
    return {
        "control": control,
        "today": decided_since(midnight(timezone.now())),
        "version": version,
        "draft": draft,
        "lines": _lines(draft, rules, site, opened, typed, version, run if is_current else None, found),
        "problems": [flaws.problem(one) for one in found if one.number is None],
        "is_flawed": bool(found),
        "edits": edits,
        "may_publish": bool(edits) and not found and is_current and run is not None and run.finished_at is not None,
        "run": run,
        "run_is_current": is_current,
        "shares": shares(run) if run else [],
        "first_findings": list(findings(run, Comparison.APPROVED_DENIED)[:FINDINGS]) if run else [],
        "against": run.counts.get(Comparison.APPROVED_DENIED, 0) if run else 0,
        "days": DAYS,
        "versions": list(_versions()[:VERSIONS]),
        "off_form": SwitchOffForm(auto_id="id_off_%s"),
        "limit_form": LimitForm(initial={"daily_limit": control.daily_limit}, auto_id="id_limit_%s"),
    }


def _lines(
    draft: RuleDraft,
    rules: Sequence[Rule],
    site: Catalogue,
    opened: str,
    typed: RuleForm | None,
    version: RuleVersion | None,
    run: DryRun | None,
    found: Sequence[Any],
) -> list[Line]:
    in_force = {one["key"]: one for one in version.rules} if version else {}
    lines = []
    for number, (data, rule) in enumerate(zip(draft.rules, rules, strict=True), 1):
        form = None
        if rule.key == opened:
            form = typed or RuleForm(rule=data, catalogue=site)
        lines.append(
            Line(
                number=number,
                key=rule.key,
                said=Said.of(rule, site),
                is_changed=policy.as_data([rule]) != [in_force.get(rule.key)],
                problems=[flaws.problem(one) for one in found if one.number == number],
                fitted=run.fitted.get(str(number), 0) if run and run.finished_at else None,
                form=form,
                is_last=number == len(rules),
                step=draft.step,
            )
        )
    return lines


def shares(run: DryRun) -> list[Share]:
    """The result of a dry run, what has to be read first before the rest."""
    found, start = [], 0
    for comparison in Comparison:
        if count := run.counts.get(comparison.value, 0):
            found.append(Share(comparison, capfirst(str(comparison.label)), count, start))
            start += count
    return found


def findings(run: DryRun, comparison: Comparison | None = None) -> QuerySet[Finding]:
    """The documents about which the run and people differ, those that the rules approved against people first."""
    rows = run.findings.select_related("item__document", "item__request__requester__company")
    rows = rows.prefetch_related("item__decisions__decided_by", "item__decisions__rule_version")
    if comparison:
        return rows.filter(comparison=comparison)
    order = [When(comparison=one, then=Value(at)) for at, one in enumerate(Comparison)]
    return rows.order_by(Case(*order, default=Value(len(order))), "pk")


def difference(version: RuleVersion | None, after: RuleDraft | RuleVersion, site: Catalogue) -> list[Edit]:
    """What a draft or a version changes: rules added, removed, changed and moved."""
    former = {rule.key: rule for rule in policy.read(version.rules)} if version else {}
    latter = {rule.key: rule for rule in policy.read(after.rules)}
    kept = [key for key in former if key in latter]
    order = [key for key in latter if key in former]
    edits = [Edit(Said.of(rule, site), None) for key, rule in former.items() if key not in latter]
    for key, rule in latter.items():
        before = former.get(key)
        if before is None:
            edits.append(Edit(None, Said.of(rule, site)))
        elif policy.as_data([before]) != policy.as_data([rule]):
            edits.append(Edit(Said.of(before, site), Said.of(rule, site)))
        elif kept.index(key) != order.index(key):
            edits.append(Edit(Said.of(before, site), Said.of(rule, site), is_moved=True))
    return edits


def _versions() -> QuerySet[RuleVersion]:
    return RuleVersion.objects.select_related("published_by").annotate(decided=Count("decisions"))


def version_context(number: int) -> dict[str, Any] | None:
    """The page of one version, or None if there is none."""
    rows = {one.number: one for one in _versions().filter(number__in=[number, number - 1])}
    if number not in rows:
        return None
    site = catalogue.read()
    return {
        "version": rows[number],
        "in_force": RuleVersion.in_force(),
        "is_on": RuleControl.now().is_on,
        "rules": [Said.of(rule, site) for rule in policy.read(rows[number].rules)],
        "edits": difference(rows.get(number - 1), rows[number], site) if number > 1 else [],
    }
