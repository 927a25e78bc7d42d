from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from certifications.models.company import Product, validate_slugs
from certifications.models.frameworks import Certification
from trustcenter.web.fields import LineColumn


class Topic(models.Model):
    """A topic that groups claims."""

    slug = models.SlugField(unique=True)
    name = LineColumn(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class Claim(models.Model):
    """One public statement: a question and its answer, for products, as of a date."""

    slug = models.SlugField(unique=True, max_length=80)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="claims")
    question = LineColumn(_("question"), max_length=300)
    answer = models.TextField(_("answer"))
    products = models.ManyToManyField(
        Product, blank=True, related_name="claims", help_text=_("None means every product.")
    )
    as_of = models.DateField(_("as of"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    evidence = models.JSONField(
        _("evidence"),
        default=list,
        blank=True,
        validators=[validate_slugs],
        help_text=_("Slugs of documents."),
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

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.question

    @property
    def is_expired(self) -> bool:
        return self.valid_until is not None and self.valid_until < timezone.localdate()

    @cached_property
    def contradicting(self) -> "list[Claim]":
        """The claims that contradict this one; pages show them side by side."""
        return list(self.conflicts_with.all())


class Subprocessor(models.Model):
    """A third party that processes customers' data for us."""

    slug = models.SlugField(unique=True)
    name = LineColumn(_("name"), max_length=200)
    purpose = models.TextField(_("purpose"))
    data = models.TextField(_("data"))
    location = LineColumn(_("location"), max_length=200)
    products = models.ManyToManyField(
        Product, blank=True, related_name="subprocessors", help_text=_("None means every product.")
    )
    as_of = models.DateField(_("as of"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name
