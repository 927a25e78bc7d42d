"""Subprocessors that a text names, held to the list of subprocessors, and the other way round."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from certifications.checking.facts import Facts, place
from certifications.checking.findings import Code, Finding, Place
from certifications.checking.texts import is_denied, naming, sentences
from certifications.models import Claim, Product, Route, Subprocessor

# Companies that process data for others, by the names that texts use. A text is compared with these and with the list.
KNOWN = {
    "Amazon Web Services": ("Amazon Web Services", "AWS"),
    "Google Cloud": ("Google Cloud Platform", "Google Cloud", "GCP"),
    "Microsoft Azure": ("Microsoft Azure", "Azure"),
    "Oracle Cloud": ("Oracle Cloud", "OCI"),
    **{
        name: (name,)
        for name in (
            *(
                "Akamai",
                "Anthropic",
                "Cloudflare",
                "Cohere",
                "Confluent Cloud",
                "Databricks",
                "Datadog",
                "DigitalOcean",
            ),
            *(
                "Fastly",
                "Fly.io",
                "Heroku",
                "Hetzner",
                "IBM Cloud",
                "Intercom",
                "Mailgun",
                "Mistral AI",
                "MongoDB Atlas",
            ),
            *("New Relic", "OpenAI", "OVHcloud", "PagerDuty", "Postmark", "Rackspace", "Salesforce", "Scaleway"),
            *("SendGrid", "Snowflake", "Stripe", "Supabase", "Twilio", "Vercel", "Zendesk"),
        )
    },
}
# What says that somebody processes data for us, and not that a customer can connect them.
PROCESSES = re.compile(
    r"\bsub-?processors?\b|\b(?:hosted|hosting|hosts|runs|stored|stores|processed|kept|sent|operated)\s+"
    r"(?:\w+\s+){0,4}?(?:on|by|at|in|with|through|to)\b|^\s*(?:on|by|with|at)\b",
    re.IGNORECASE,
)
# “Through AWS Bedrock, in the cloud that you already use”: the customer's own provider.
THEIRS = re.compile(
    r"\byour\s+own\b|\byour\s+\w+\s+(?:account|cloud)\b|\b(?:cloud|account)\s+(?:that\s+)?you\b|\bby\s+you\b|\byou\s+can\b",
    re.IGNORECASE,
)
NONE = re.compile(
    r"\b(?:use|uses|have|has|engage|engages|involve|involves|employ|employs)\s+no\s+(?:third[\s-]party\s+)?sub-?processors?\b"
    r"|\b(?:do|does)\s+not\s+(?:use|have|engage|involve|employ)\s+(?:any\s+)?sub-?processors?\b"
    r"|\bthere\s+are\s+no\s+sub-?processors\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """A text that can say who processes data, and of which products; none means every product."""

    place: Place
    sentences: list[str]
    products: frozenset[str]


@dataclass(frozen=True)
class Company:
    """A company as texts name it, and its row of the list."""

    name: str
    names: tuple[re.Pattern[str], ...]
    listed: Subprocessor | None

    def is_in(self, sentence: str) -> bool:
        return any(name.search(sentence) for name in self.names)


def subprocessors(facts: Facts) -> Iterator[Finding]:
    """Companies that a claim, product or way to buy names as processing data, but the list does not have for it."""
    companies = list(_companies(facts))
    for said in _said(facts):
        ours = [sentence for sentence in said.sentences if _is_ours(sentence)]
        for company in companies:
            if not any(map(company.is_in, ours)):
                continue
            words = {"name": said.place.name, "company": company.name}
            if company.listed is None:
                yield Finding(
                    Code.SUBPROCESSOR_MISSING,
                    _("“%(name)s” says that %(company)s processes data, but it is not in the list of subprocessors.")
                    % words,
                    (said.place, _list()),
                    _("Add it to the list, or correct the text."),
                )
            elif said.products and (listed := _slugs(company.listed.products.all())) and not said.products & listed:
                yield Finding(
                    Code.SUBPROCESSOR_SCOPE,
                    _("“%(name)s” says that %(company)s processes data, but it is listed for other products only.")
                    % words,
                    (said.place, place(company.listed)),
                    _("Add the product to the subprocessor, or correct the text."),
                )


def denied(facts: Facts) -> Iterator[Finding]:
    """Subprocessors that are listed, although a text says that there are none."""
    for said in _said(facts):
        if not any(NONE.search(sentence) for sentence in said.sentences):
            continue
        for row in facts.subprocessors:
            listed = _slugs(row.products.all())
            if not said.products or not listed or said.products & listed:
                yield Finding(
                    Code.SUBPROCESSOR_DENIED,
                    _("“%(name)s” says that there is no subprocessor, but %(company)s is listed.")
                    % {"name": said.place.name, "company": row.name},
                    (said.place, place(row)),
                    _("Correct the text, or remove the subprocessor."),
                )


def _said(facts: Facts) -> Iterator[Said]:
    for claim in facts.claims:
        yield Said(place(claim), _answered(claim), _slugs(claim.products.all()))
    for product in facts.products:
        texts = (product.summary, product.retention, product.human_review, product.role, product.training)
        yield Said(place(product), [one for text in texts for one in sentences(text)], frozenset({product.slug}))
    for route in facts.routes:
        # A marketplace runs in the customer's account, and a reseller is not ours.
        if route.kind == Route.Kind.DIRECT:
            where = [f"hosted on {one}" for one in sentences(route.runs_in)]
            yield Said(place(route), [*sentences(route.about), *where], frozenset({route.product.slug}))


def _answered(claim: Claim) -> list[str]:
    """The sentences of an answer. “Where is it hosted?” makes “On AWS.” a statement about us."""
    asks = re.search(r"\bhosted\b|\bsub-?processors?\b|\bstored\b", claim.question, re.IGNORECASE)
    return [
        one if asks or not re.match(r"(?:on|by|with|at)\b", one, re.IGNORECASE) else ""
        for one in sentences(claim.answer)
    ]


def _is_ours(sentence: str) -> bool:
    found = PROCESSES.search(sentence)
    return found is not None and not THEIRS.search(sentence) and not is_denied(sentence, *found.span())


def _companies(facts: Facts) -> Iterator[Company]:
    ours = facts.profile.name if facts.profile else ""
    rest = {name: tuple(map(naming, names)) for name, names in KNOWN.items() if not naming(name).search(ours)}
    for row in facts.subprocessors:
        known = next((name for name, found in rest.items() if any(one.search(row.name) for one in found)), None)
        yield Company(row.name, (naming(row.name), *(rest.pop(known) if known else ())), row)
    for name, found in rest.items():
        yield Company(name, found, None)


def _list() -> Place:
    return Place("subprocessors", "", _("the list of subprocessors"), reverse("admin:certifications_subprocessor_add"))


def _slugs(products: Iterable[Product]) -> frozenset[str]:
    return frozenset(product.slug for product in products)
