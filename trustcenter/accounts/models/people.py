from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Permission, PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from trustcenter.accounts.addresses import canonical, domain_of, searched
from trustcenter.accounts.fields import Address
from trustcenter.accounts.models.companies import Company
from trustcenter.accounts.models.listed import Listed
from trustcenter.audit.facts import Answering, Personal
from trustcenter.web.fields import LineColumn
from trustcenter.web.typed import named
from trustcenter.work.ids import new_id

if TYPE_CHECKING:
    from trustcenter.accounts.sessions import SessionStore


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail address; a user without a password signs in with a mailed code."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=canonical(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def who_may(self, permission: str) -> "models.QuerySet[User]":
        """Active staff with a permission (`app_label.codename`): by role, directly or as superuser."""
        app_label, _dot, codename = permission.partition(".")
        held = Permission.objects.filter(content_type__app_label=app_label, codename=codename)
        may = models.Q(is_superuser=True) | models.Q(groups__permissions__in=held) | models.Q(user_permissions__in=held)
        return self.filter(may, is_active=True, is_staff=True).distinct()

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=searched(username or ""))


class User(Answering, AbstractBaseUser, PermissionsMixin):
    """A person: a prospect who proved a mailbox, or a member of staff."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    email = Address(_("e-mail"), unique=True)
    name = LineColumn(_("name"), max_length=150, blank=True)
    company = models.ForeignKey(
        Company,
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="people",
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    # Of the mails to this person, and of pages in a browser in which they have chosen none; "" until it is known.
    language = models.CharField(max_length=10, blank=True, editable=False)
    # Set while the password is a generated one, which works until then and is replaced at first use (ASVS 6.4.1).
    one_time_password_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When this person first proved the address, or became staff. From then on the row answers to the log.
    proven_at = models.DateTimeField(null=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    moving: ClassVar[frozenset[str]] = frozenset({"active", "staff", "superuser", "roles", "permissions", "company"})

    class Meta:
        constraints = [
            # Two rows for one mailbox would be two people with the same proof.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
        ]
        # The desk names its people on every page, and a site has many more prospects.
        indexes = [models.Index(fields=["name"], name="user_staff", condition=models.Q(is_staff=True))]

    def __str__(self) -> str:
        return named(self.name, self.email)

    def facts(self) -> dict[str, Any]:
        addresses = self.emailaddress_set.all()  # type: ignore[attr-defined]  # allauth's model points here
        proven = sorted(address.email for address in addresses if address.verified)
        return {
            "proven_at": self.proven_at,
            "active": self.is_active,
            "staff": self.is_staff,
            "superuser": self.is_superuser,
            "roles": sorted(group.name for group in self.groups.all()),
            "permissions": sorted(permission.codename for permission in self.user_permissions.all()),
            "company": self.company_id,
            "email": Personal(self.email),
            # Every address whose mailbox signs this person in.
            "proven": Personal("\n".join(proven)),
        }

    @classmethod
    def answering(cls) -> "models.QuerySet[User]":
        # A person without a proven address can do nothing, and is deleted after a day.
        known = models.Q(proven_at__isnull=False) | models.Q(is_staff=True) | models.Q(is_superuser=True)
        return cls.objects.filter(known).prefetch_related("groups", "user_permissions", "emailaddress_set")

    @property
    def domain(self) -> str:
        return domain_of(self.email)

    @cached_property
    def listed(self) -> Listed | None:
        """The entry of the list that decides about this address. A flow reads the person again first."""
        return Listed.objects.deciding_about(self.email)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class MailedCode(models.Model):
    """A code that was mailed: for one purpose, to one address, because one browser session asked for it.

    The session names the row, and only the row counts tries, because parallel requests overwrite each other's session. The
    digest covers the code and all three, so a code is valid nowhere else, and the row does not show whose it is.
    """

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    digest = models.CharField(max_length=64)
    # Of the code before this one, which may arrive later and works until either is used.
    former_digest = models.CharField(max_length=64, blank=True)
    tries_left = models.PositiveSmallIntegerField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class Session(AbstractBaseSession):
    """A session of a browser. If somebody is signed in, it says who, so that they can see it and end it elsewhere."""

    person = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    # Names it on its owner's page. The key itself would open it. Not unique: while the key changes, as after a new password,
    # the old row and the new one have it.
    handle = models.CharField(max_length=16, blank=True)
    # In words, from the browser's own name for itself, and the network from which the person signed in.
    browser = models.CharField(max_length=80, blank=True)
    network = models.CharField(max_length=45, blank=True)
    began_at = models.DateTimeField(null=True)

    @classmethod
    def get_session_store_class(cls) -> "type[SessionStore]":
        from trustcenter.accounts.sessions import SessionStore

        return SessionStore
