"""Adds and lists members of staff."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from trustcenter.accounts import staff
from trustcenter.accounts.addresses import searched
from trustcenter.accounts.factors import Method
from trustcenter.accounts.models import User
from trustcenter.accounts.roles import Role
from trustcenter.audit import FlowError
from trustcenter.site import tables


class Command(BaseCommand):
    help = "Adds members of staff, including the first administrator, and lists them."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="subcommand", required=True)
        add = commands.add_parser(
            "add", help="add a member of staff, or change a member's roles and give a new one-time password"
        )
        add.add_argument("email")
        add.add_argument("--name", default="", help="the name that colleagues and requesters see")
        add.add_argument(
            "--role", action="append", required=True, choices=Role.values, help="can be given several times"
        )
        start_over = commands.add_parser(
            "start-over", help="for a lost second factor: remove it and the password, and give a one-time password"
        )
        start_over.add_argument("email")
        commands.add_parser("list", help="list the members of staff with their roles and second factors")

    def handle(self, *args: Any, **options: Any) -> None:
        tables.make_if_new()
        match options["subcommand"]:
            case "add":
                self.add(options["email"], options["name"], options["role"])
            case "start-over":
                self.start_over(options["email"])
            case "list":
                self.list()

    def add(self, email: str, name: str, roles: list[str]) -> None:
        try:
            user, password = staff.add(email, name=name, roles=[Role(role) for role in roles])
        except ValidationError as wrong:
            raise CommandError(" ".join(wrong.messages)) from None
        except FlowError as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{user.email} is a member of staff. Roles: {', '.join(sorted(roles))}.")
        self.print_password(password)

    def start_over(self, email: str) -> None:
        user = User.objects.filter(email=searched(email), is_staff=True).first()
        if user is None:
            raise CommandError(f"{email} is not a member of staff. See manage.py staff list.")
        try:
            password = staff.start_over(user)
        except FlowError as refusal:
            raise CommandError(str(refusal)) from None
        self.print_password(password)

    def print_password(self, password: str) -> None:
        hours = int(staff.ONE_TIME_PASSWORD_LIFE.total_seconds() // 3600)
        self.stdout.write(f"One-time password: {password}")
        self.stdout.write(
            f"It works for {hours} hours at {settings.SITE_URL}{reverse('account_login')}. "
            "Signing in with it asks for a second factor, then for a new password."
        )

    def list(self) -> None:
        people = User.objects.filter(is_staff=True).order_by("email").prefetch_related("groups")
        for user in people:
            roles = ", ".join(sorted(group.name for group in user.groups.all())) or "no role"
            rows = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
            kinds = sorted(set(rows.values_list("type", flat=True)))
            factor = ", ".join(str(Method.of_factor(kind).label) for kind in kinds) or "no second factor yet"
            self.stdout.write(f"{user.email}\t{roles}\t{factor}{'' if user.is_active else '\tclosed'}")
        if not people:
            self.stdout.write(
                "There is no member of staff yet. Add one: manage.py staff add EMAIL --role administrator"
            )
