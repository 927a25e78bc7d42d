from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from certifications.models.evidence import Evidenced
from certifications.models.frameworks import Certification
from certifications.models.products import Product
from certifications.models.review import MOST_MONTHS, USUAL_MONTHS, Reviewed
from certifications.models.translations import Translated
from trustcenter.web.fields import LineColumn


class Topic(Translated):
    """A topic that groups claims."""

    translatable = ("name",)

    slug = models.SlugField(unique=True)
    name = LineColumn(_("name"), max_length=100)
    review_months = models.PositiveSmallIntegerField(
        _("months between reviews"),
        default=USUAL_MONTHS,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)],
        help_text=_("How long a claim of this topic counts as reviewed, unless the claim says otherwise."),
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class Claim(Translated, Evidenced, Reviewed):
    """One public statement: a question and its answer, for products, as of a date."""

    translatable = ("question", "answer", "not_offered", "not_offered_word", "instead")

    slug = models.SlugField(unique=True, max_length=80)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="claims")
    question = LineColumn(_("question"), max_length=300)
    answer = models.TextField(_("answer"))
    products = models.ManyToManyField(
        Product, blank=True, related_name="claims", help_text=_("None means every product.")
    )
    certification = models.ForeignKey(
        Certification,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="claims",
        verbose_name=_("certification"),
        help_text=_("Whose page shows this claim too."),
    )
    featured = models.BooleanField(_("shown on the overview"), default=False)
    not_offered = LineColumn(
        _("what is not offered"),
        max_length=100,
        blank=True,
        help_text=_("A few words such as “Keeping data in the EU” list this claim under “What is not offered”."),
    )
    not_offered_word = LineColumn(
        _("how far it is not offered"), max_length=40, blank=True, help_text=_("“Not offered” when empty.")
    )
    instead = models.TextField(_("instead"), blank=True, help_text=_("What a customer can do instead."))
    conflicts_with = models.ManyToManyField("self", symmetrical=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(Reviewed.Meta):
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.question

    @property
    def review_months(self) -> int:
        return self.topic.review_months

    @cached_property
    def contradicting(self) -> "list[Claim]":
        """The claims that contradict this one; pages show them side by side."""
        return list(self.conflicts_with.all())
