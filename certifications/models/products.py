from django.db import models
from django.utils.translation import gettext_lazy as _

from certifications.models.evidence import Evidenced
from certifications.models.review import Reviewed, validate_lines
from certifications.models.translations import InEnglish, Translated
from trustcenter.web.fields import LineColumn


class Tone(models.TextChoices):
    """How good a fact is for the reader. It picks colour and icon; a word is always beside them."""

    GOOD = "good", _("Good")
    WAIT = "wait", _("Depends")
    NONE = "none", _("Not stated or not there")


class Product(Translated, Evidenced, Reviewed):
    """What a customer buys, such as a plan, and what it does with their data.

    Each aspect has a text, and a word with a tone as the short answer in the comparison.
    """

    translatable = ("summary",)

    slug = models.SlugField(unique=True)
    name = LineColumn(_("name"), max_length=100)
    summary = models.TextField(_("summary"))
    plans = models.JSONField(
        _("plans"),
        default=list,
        blank=True,
        validators=[validate_lines],
        help_text=_("The plans that include it, as named on your price list."),
    )
    training = models.TextField(_("training"))
    training_word = LineColumn(_("training in a word"), max_length=40, blank=True)
    training_tone = models.CharField(_("tone of the word"), max_length=4, choices=Tone, blank=True)
    retention = models.TextField(_("retention"))
    retention_word = LineColumn(_("retention in a word"), max_length=40, blank=True)
    retention_tone = models.CharField(_("tone of the word"), max_length=4, choices=Tone, blank=True)
    human_review = models.TextField(_("human review"))
    human_review_word = LineColumn(_("human review in a word"), max_length=40, blank=True)
    human_review_tone = models.CharField(_("tone of the word"), max_length=4, choices=Tone, blank=True)
    role = models.TextField(_("our role"))
    role_word = LineColumn(_("our role in a word"), max_length=40, blank=True)
    role_tone = models.CharField(_("tone of the word"), max_length=4, choices=Tone, blank=True)
    agreements = models.TextField(_("agreements"))
    agreements_word = LineColumn(_("agreements in a word"), max_length=40, blank=True)
    agreements_tone = models.CharField(_("tone of the word"), max_length=4, choices=Tone, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(Reviewed.Meta):
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class Route(InEnglish):
    """A way to buy a product, and the role that it gives us under data protection law."""

    class Kind(models.TextChoices):
        DIRECT = "direct", _("Direct")
        MARKETPLACE = "marketplace", _("Cloud marketplace")
        RESELLER = "reseller", _("Reseller")

    class Role(models.TextChoices):
        CONTROLLER = "controller", _("Controller")
        PROCESSOR = "processor", _("Processor")
        SUBPROCESSOR = "subprocessor", _("Subprocessor")
        CHANGES = "changes", _("Role changes")
        NOT_STATED = "not_stated", _("Not stated")

        @property
        def tone(self) -> str:
            match self:
                case Route.Role.CHANGES:
                    return Tone.WAIT.value
                case Route.Role.NOT_STATED:
                    return Tone.NONE.value
                case _:
                    return Tone.GOOD.value

    slug = models.SlugField(unique=True, max_length=80)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="routes", verbose_name=_("product"))
    name = LineColumn(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    our_role = models.CharField(_("our role"), max_length=12, choices=Role)
    about = models.TextField(_("about"))
    runs_in = LineColumn(_("runs in"), max_length=200, blank=True)
    keys = LineColumn(_("keys"), max_length=200, blank=True, help_text=_("Who holds the encryption keys."))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return f"{self.product}: {self.name}"

    @property
    def role_label(self) -> str:
        return str(Route.Role(self.our_role).label)

    @property
    def tone(self) -> str:
        return Route.Role(self.our_role).tone


class Duty(InEnglish):
    """One task with a product, and what of it is ours and what is the customer's."""

    slug = models.SlugField(unique=True, max_length=80)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="duties", verbose_name=_("product"))
    task = LineColumn(_("task"), max_length=100)
    ours_word = LineColumn(_("our part in a word"), max_length=40)
    ours = models.TextField(_("our part"), blank=True)
    yours_word = LineColumn(_("the customer’s part in a word"), max_length=40)
    yours = models.TextField(_("the customer’s part"), blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]
        verbose_name_plural = _("duties")

    def __str__(self) -> str:
        return f"{self.product}: {self.task}"
