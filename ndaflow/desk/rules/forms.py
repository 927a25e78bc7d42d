"""The form of one rule of the draft. It takes what is not finished yet: publishing says what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ndaflow.requests.countries import NAMES as COUNTRIES
from ndaflow.rules import wording
from ndaflow.rules.catalogue import RISKS, Catalogue
from ndaflow.rules.checking import LONGEST_DAYS, LONGEST_NAME
from ndaflow.rules.policy import ANY_WARNING, Fact
from trustcenter.accounts.addresses import canonical_domain, searched
from trustcenter.web.fields import Line, LongText

# What a draft keeps; publishing allows less.
LONGEST_DRAFT = 20_000
MOST_CONDITIONS = 20


@dataclass(frozen=True)
class Row:
    """One condition in the form: what it looks at, how it compares, and its value."""

    number: int
    fact: Fact
    label: str
    op: forms.BoundField
    value: forms.BoundField | None


class NewConditionForm(forms.Form):
    """What another condition looks at."""

    add = forms.ChoiceField(
        label=_("Add a condition"), choices=lambda: [(one.value, wording.fact_name(one)) for one in Fact]
    )


class RuleForm(forms.Form):
    """A rule: its name, its conditions, and what it does."""

    APPROVE, DENY, PERSON = "approve", "deny", "person"

    name = Line(label=_("Name"), max_length=LONGEST_NAME, required=False)
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[(PERSON, _("leave it to a person")), (APPROVE, _("approve")), (DENY, _("deny"))],
    )
    days = forms.IntegerField(
        label=_("Days of access, if it approves"), required=False, min_value=0, max_value=10 * LONGEST_DAYS
    )
    reason = LongText(
        label=_("Reason, if it denies"),
        max_length=LONGEST_DRAFT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The requester reads it."),
    )
    two_people = forms.BooleanField(label=_("Require two people"), required=False)
    legal = forms.BooleanField(label=_("Require legal too"), required=False)
    show_only = forms.BooleanField(label=_("Show only, no download"), required=False)
    question = LongText(
        label=_("Ask a question first"),
        max_length=LONGEST_DRAFT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The requester reads it, and a person decides after the answer."),
    )

    def __init__(self, data: Any = None, *, rule: dict[str, Any], catalogue: Catalogue) -> None:
        self.key, self.more = rule["key"], NewConditionForm()
        facts = data.getlist("fact") if data is not None else [clause["fact"] for clause in rule["when"]]
        self.facts = [Fact(one) for one in facts[:MOST_CONDITIONS] if one in set(Fact)]
        super().__init__(data, initial=_initial(rule), auto_id=f"id_{self.key}_%s")
        for number, fact in enumerate(self.facts):
            ops = [(op.value, wording.op_name(op)) for op in fact.ops]
            label = wording.fact_name(fact)
            self.fields[f"op-{number}"] = forms.ChoiceField(label=label, choices=ops)
            if not fact.is_yes_or_no:
                self.fields[f"value-{number}"] = _value_field(fact, label, catalogue)

    def rows(self) -> Iterator[Row]:
        for number, fact in enumerate(self.facts):
            value = self[f"value-{number}"] if f"value-{number}" in self.fields else None
            yield Row(number, fact, wording.fact_name(fact), self[f"op-{number}"], value)

    def rule(self) -> dict[str, Any]:
        """The rule as the draft keeps it."""
        data = self.cleaned_data
        return {
            "key": self.key,
            "name": data["name"],
            "when": [self._clause(number, fact) for number, fact in enumerate(self.facts)],
            "then": self._then(),
        }

    def _clause(self, number: int, fact: Fact) -> dict[str, Any]:
        clause: dict[str, Any] = {"fact": fact.value, "op": self.cleaned_data[f"op-{number}"]}
        value = self.cleaned_data.get(f"value-{number}")
        if fact.is_number:
            return clause if value is None else clause | {"number": value}
        if isinstance(value, str):
            value = list(dict.fromkeys(_spelled(fact, one) for one in value.replace(",", " ").split()))
        return clause | {"values": value} if value else clause

    def _then(self) -> dict[str, Any]:
        data = self.cleaned_data
        then: dict[str, Any] = {name: True for name in ("two_people", "legal", "show_only") if data[name]}
        if data["question"]:
            then["ask"] = data["question"]
        match data["decision"]:
            case self.APPROVE:
                then["approve_days"] = data["days"] or 0
            case self.DENY:
                then["deny"] = data["reason"]
            case _ if not then:
                then["person"] = True
        return then


def _spelled(fact: Fact, typed: str) -> str:
    """A domain or an address in the one spelling that requesters have, such as `xn--bcher-kva.example`."""
    if fact is not Fact.DOMAIN:
        return searched(typed)
    try:
        return canonical_domain(typed.removeprefix("@"))
    except ValidationError:
        # Publishing says what is wrong with it.
        return typed.lower()


class PublishForm(forms.Form):
    """Why the draft comes into force."""

    why = LongText(
        label=_("Why these rules?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept with the version and in the audit log."),
        error_messages={"required": _("Say why you publish these rules. It is kept with the version.")},
    )
    step = forms.IntegerField(widget=forms.HiddenInput)


class SwitchOffForm(forms.Form):
    """Why all rules stop."""

    reason = LongText(
        label=_("Why?"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Colleagues read it. What rules decided before stays."),
    )  # fmt: skip


class LimitForm(forms.Form):
    """How many requests a day rules may decide."""

    daily_limit = forms.IntegerField(label=_("Requests per day"), required=False)


def _initial(rule: dict[str, Any]) -> dict[str, Any]:
    then = rule["then"]
    decision = RuleForm.APPROVE if "approve_days" in then else RuleForm.DENY if "deny" in then else RuleForm.PERSON
    initial: dict[str, Any] = {
        "name": rule["name"],
        "decision": decision,
        "days": then.get("approve_days"),
        "reason": then.get("deny", ""),
        "question": then.get("ask", ""),
    } | {name: then.get(name, False) for name in ("two_people", "legal", "show_only")}
    for number, clause in enumerate(rule["when"]):
        fact, values = Fact(clause["fact"]), clause.get("values", [])
        initial[f"op-{number}"] = clause["op"]
        typed = fact in {Fact.DOMAIN, Fact.ADDRESS}
        initial[f"value-{number}"] = clause.get("number") if fact.is_number else "\n".join(values) if typed else values
    return initial


def _value_field(fact: Fact, label: str, catalogue: Catalogue) -> forms.Field:
    if fact.is_number:
        return forms.IntegerField(label=label, required=False, min_value=0, max_value=10_000)
    if fact in {Fact.DOMAIN, Fact.ADDRESS}:
        rows = forms.Textarea(attrs={"rows": 3})
        return LongText(label=label, required=False, max_length=LONGEST_DRAFT, widget=rows)
    choices: list[tuple[str, Any]]
    match fact:
        case Fact.LEVEL:
            choices = list(catalogue.names.levels.items())
        case Fact.DOCUMENT:
            choices = list(catalogue.names.documents.items())
        case Fact.COUNTRY:
            choices = sorted(COUNTRIES.items(), key=lambda one: str(one[1]))
        case _:
            choices = [(ANY_WARNING, _("any warning")), *((kind.value, kind.label) for kind in RISKS)]
    widget = forms.SelectMultiple(attrs={"size": 6}) if fact is Fact.COUNTRY else forms.CheckboxSelectMultiple()
    return forms.MultipleChoiceField(label=label, required=False, choices=choices, widget=widget)
