"""The pages of the rules: the draft, its dry run, publishing, former versions, the switch and the daily limit."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ndaflow.desk.rules import page
from ndaflow.desk.rules.forms import LimitForm, NewConditionForm, PublishForm, RuleForm, SwitchOffForm
from ndaflow.rules import catalogue, flows
from ndaflow.rules.flows import drafting
from ndaflow.rules.models import Comparison, DryRun, RuleControl, RuleVersion
from ndaflow.rules.policy import Fact
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.work.ids import new_id

PAGE = 50

may_view = permission_required("ndaflow.view_ruleversion", raise_exception=True)
may_write = permission_required(flows.WRITE, raise_exception=True)


@require_GET
@may_view
def rules(request: HttpRequest) -> HttpResponse:
    """The draft as sentences in order, one of them open as a form, beside the dry run and the versions."""
    may_write = person(request).has_perm(flows.WRITE)
    return _page(request, request.GET.get("rule", "") if may_write else "")


@require_POST
@may_write
def add_rule(request: HttpRequest) -> HttpResponse:
    """Adds an empty rule at the end and opens it."""
    key = new_id()
    rule = {"key": key, "name": "", "when": [], "then": {"person": True}}
    return _edited(request, lambda rules: [*rules, rule], key)


@require_POST
@may_write
def save_rule(request: HttpRequest, key: str) -> HttpResponse:
    """Keeps what was typed in the draft, finished or not."""
    return _saved(request, key)


@require_POST
@may_write
def add_condition(request: HttpRequest, key: str) -> HttpResponse:
    """Keeps what was typed, and adds a condition."""
    chosen = NewConditionForm(request.POST)
    if not chosen.is_valid():
        return _saved(request, key)
    fact = Fact(chosen.cleaned_data["add"])
    clause = {"fact": fact.value, "op": fact.ops[0].value}
    return _saved(request, key, lambda rule: rule | {"when": [*rule["when"], clause]}, opened=True)


@require_POST
@may_write
def remove_condition(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Keeps what was typed, and removes a condition."""
    return _saved(
        request,
        key,
        lambda rule: rule | {"when": [one for at, one in enumerate(rule["when"]) if at != number]},
        opened=True,
    )


@require_POST
@may_write
def move_rule(request: HttpRequest, key: str, direction: str) -> HttpResponse:
    """Moves a rule one place up or down."""
    if direction not in {"up", "down"}:
        raise Http404

    def moved(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        at = next((at for at, rule in enumerate(rules) if rule["key"] == key), None)
        to = None if at is None else at - 1 if direction == "up" else at + 1
        if at is None or to is None or not 0 <= to < len(rules):
            return rules
        rules[at], rules[to] = rules[to], rules[at]
        return rules

    return _edited(request, moved)


@require_POST
@may_write
def remove_rule(request: HttpRequest, key: str) -> HttpResponse:
    """Removes a rule from the draft. The versions that have it keep it."""
    return _edited(request, lambda rules: [rule for rule in rules if rule["key"] != key])


@require_POST
@may_write
def discard_draft(request: HttpRequest) -> HttpResponse:
    """Begins the draft again with the version in force."""
    discard = partial(flows.discard, by=person(request), step=_step(request))
    return _done(request, discard, _("The draft is the version in force again."))


@require_POST
@may_write
def try_draft(request: HttpRequest) -> HttpResponse:
    """Starts a dry run of the draft."""
    days = request.POST.get("days", "")
    chosen = int(days) if days.isdecimal() and len(days) < 4 else 90
    return _done(request, lambda: flows.try_draft(by=person(request), days=chosen), "", "#dry")


@require_http_methods(["GET", "POST"])
@may_write
def publish_rules(request: HttpRequest) -> HttpResponse:
    """Shows what the draft changes, and publishes it with the reason."""
    draft, version = drafting.current(), RuleVersion.in_force()
    form = PublishForm(request.POST or None, initial={"step": draft.step})
    if request.method == "POST" and form.is_valid():
        step, why = form.cleaned_data["step"], form.cleaned_data["why"]
        try:
            published = flows.publish(by=person(request), step=step, why=why)
        except FlowError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _published(published))
            return redirect("desk:rules")
    edits = page.difference(version, draft, catalogue.read())
    context = {"form": form, "edits": edits, "version": version, "run": DryRun.objects.first()}
    return render(request, "desk/rules_publish.html", context)


def _published(version: RuleVersion) -> str:
    words = {"number": version.number}
    if RuleControl.now().is_on:
        return _("Version %(number)s is in force.") % words
    return _("Version %(number)s is published. It decides nothing until you switch the rules on.") % words


@require_POST
@may_write
def switch_on(request: HttpRequest) -> HttpResponse:
    """Lets the version in force decide."""
    return _done(request, lambda: flows.switch_on(by=person(request)), _("The rules are on."))


@require_POST
@may_write
def switch_off(request: HttpRequest) -> HttpResponse:
    """Stops all rules at once."""
    form = SwitchOffForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return _done(
        request,
        lambda: flows.switch_off(by=person(request), reason=reason),
        _("All rules are off. People decide every request."),
    )


@require_POST
@may_write
def limit_rules(request: HttpRequest) -> HttpResponse:
    """Changes how many requests a day rules may decide."""
    form = LimitForm(request.POST)
    limit = form.cleaned_data["daily_limit"] if form.is_valid() else None
    return _done(request, lambda: flows.limit(by=person(request), daily_limit=limit), _("The daily limit is changed."))


@require_GET
@may_view
def rule_version(request: HttpRequest, number: int) -> HttpResponse:
    """One version: its rules, why, and what it changed."""
    context = page.version_context(number)
    if context is None:
        raise Http404
    return render(request, "desk/rules_version.html", context)


@require_POST
@may_write
def draft_version(request: HttpRequest, number: int) -> HttpResponse:
    """Makes a draft of a version."""
    version = get_object_or_404(RuleVersion, number=number)
    words = _("The draft is version %(number)s now. Publish it to go back to it.") % {"number": number}
    return _done(request, partial(flows.draft_of, version, by=person(request), step=_step(request)), words)


@require_GET
@may_view
def findings(request: HttpRequest, id: str) -> HttpResponse:
    """The documents about which a dry run and people differ."""
    run = get_object_or_404(DryRun, pk=id)
    asked = request.GET.get("comparison", "")
    chosen = Comparison(asked) if asked in Comparison.values and Comparison(asked).is_finding else None
    pages = Paginator(page.findings(run, chosen), PAGE)
    offered = [one for one in page.shares(run) if one.comparison.is_finding]
    context = {"run": run, "page": pages.get_page(request.GET.get("page")), "chosen": chosen, "offered": offered}
    return render(request, "desk/rules_findings.html", context)


def _page(request: HttpRequest, opened: str, typed: RuleForm | None = None) -> HttpResponse:
    may_write = person(request).has_perm(flows.WRITE)
    return render(request, "desk/rules.html", {"rules": page.context(opened, typed), "may_write": may_write})


def _saved(request: HttpRequest, key: str, change: Any = None, *, opened: bool = False) -> HttpResponse:
    """Keeps the typed rule in the draft, and then changes it. What cannot be kept is shown again with its errors."""
    draft = drafting.current()
    before = next((rule for rule in draft.rules if rule["key"] == key), None)
    if before is None:
        messages.error(request, _("This rule is no longer in the draft."))
        return redirect("desk:rules")
    form = RuleForm(request.POST, rule=before, catalogue=catalogue.read())
    if not form.is_valid():
        return _page(request, key, form)
    rule = form.rule()
    rule = change(rule) if change else rule
    try:
        drafting.edit(
            by=person(request),
            step=_step(request),
            to=lambda rules: [rule if one["key"] == key else one for one in rules],
        )
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return _page(request, key, form)
    if opened:
        return redirect(f"{reverse('desk:rules')}?rule={key}#rule-{key}")
    messages.success(request, _("Saved in the draft. Nothing changes until you publish it."))
    return redirect("desk:rules")


def _edited(request: HttpRequest, to: Any, opened: str = "") -> HttpResponse:
    try:
        drafting.edit(by=person(request), step=_step(request), to=to)
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:rules")
    return redirect(f"{reverse('desk:rules')}?rule={opened}#rule-{opened}" if opened else "desk:rules")


def _done(request: HttpRequest, flow: Any, words: str, place: str = "") -> HttpResponse:
    try:
        flow()
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        if words:
            messages.success(request, words)
    return redirect(f"{reverse('desk:rules')}{place}")


def _step(request: HttpRequest) -> int:
    typed = request.POST.get("step", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else -1
