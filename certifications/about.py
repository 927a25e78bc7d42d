"""What the public facts say about each of some products: for a product's page, and for two side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from certifications import posture
from certifications.models import Certification, Claim, Duty, Evidenced, Product, Route, Subprocessor, Topic


@dataclass(frozen=True)
class OfTopic:
    """The claims of one topic that are about a product: those that name it, and those about every product."""

    topic: Topic
    own: list[Claim]
    common: list[Claim]


@dataclass(frozen=True)
class About:
    """One product and every public row about it."""

    product: Product
    routes: list[Route]
    duties: list[Duty]
    certifications: list[Certification]
    claims: list[Claim]
    subprocessors: list[Subprocessor]

    @property
    def topics(self) -> list[OfTopic]:
        """Its claims by topic, in the order of the topics."""
        found: dict[int, OfTopic] = {}
        for claim in sorted(self.claims, key=lambda claim: (claim.topic.position, claim.topic.slug)):
            of_topic = found.setdefault(claim.topic_id, OfTopic(claim.topic, [], []))
            (of_topic.own if claim.products.all() else of_topic.common).append(claim)
        return [*found.values()]

    @property
    def evidence(self) -> list[str]:
        """The slugs of the documents behind it, its certifications, its claims and its subprocessors, each once."""
        rows: tuple[Evidenced, ...] = (self.product, *self.certifications, *self.claims, *self.subprocessors)
        return [*dict.fromkeys(slug for row in rows for slug in row.evidence)]


def is_about(row: Certification | Claim | Subprocessor, product: str) -> bool:
    """Whether a row is about the product of this slug. A row that names no product is about every product."""
    named = {one.slug for one in row.products.all()}
    return not named or product in named


def of(products: Iterable[Product]) -> list[About]:
    """Every public row about these products, in as many queries for ten products as for one."""
    routes, duties = list(posture.routes()), list(posture.duties())
    certifications, claims = list(posture.certifications().prefetch_related("products")), posture.claims()
    subprocessors = list(posture.processing())
    return [
        About(
            product,
            [one for one in routes if one.product_id == product.pk],
            [one for one in duties if one.product_id == product.pk],
            [one for one in certifications if is_about(one, product.slug)],
            [one for one in claims if is_about(one, product.slug)],
            [one for one in subprocessors if is_about(one, product.slug)],
        )
        for product in products
    ]


# -- Side by side ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TopicRow:
    """The answers of one topic: how many are about all the products, and each product's own."""

    topic: Topic
    common: int
    own: list[list[Claim]]


def side_by_side(products: Sequence[About]) -> list[TopicRow]:
    """How the answers about the products differ, topic by topic, without topics in which they do not."""
    topics = {found.topic.pk: found.topic for about in products for found in about.topics}
    ordered = sorted(topics.values(), key=lambda topic: (topic.position, topic.slug))
    return [row for topic in ordered if any((row := _topic_row(topic, products)).own)]


def _topic_row(topic: Topic, products: Sequence[About]) -> TopicRow:
    of_each = [[claim for claim in about.claims if claim.topic_id == topic.pk] for about in products]
    common = set.intersection(*({claim.pk for claim in claims} for claims in of_each))
    return TopicRow(topic, len(common), [[one for one in claims if one.pk not in common] for claims in of_each])


@dataclass(frozen=True)
class TopicCell:
    """What one product has under a topic: how many answers, what is not offered, and whether sources disagree."""

    answers: int
    not_offered: list[Claim]
    disagreements: int


@dataclass(frozen=True)
class TopicSummary:
    topic: Topic
    cells: list[TopicCell]


def by_topic(products: Sequence[About]) -> list[TopicSummary]:
    """The topics in order, each with a cell for each product."""
    by_product = [{of.topic.pk: [*of.own, *of.common] for of in about.topics} for about in products]
    return [TopicSummary(topic, [_cell(found.get(topic.pk, [])) for found in by_product]) for topic in posture.topics()]


def _cell(claims: list[Claim]) -> TopicCell:
    return TopicCell(len(claims), posture.not_offered(claims), posture.disagreements(claims))
