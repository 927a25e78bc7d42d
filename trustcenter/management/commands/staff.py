from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from trustcenter.accounts import staff
from trustcenter.accounts.models import User, normalise_email
from trustcenter.accounts.roles import Role


class Command(BaseCommand):
    help = "Adds members of staff, the first administrator among them, and lists them."

    def add_arguments(self, parser: CommandParser) -> None:
        errands = parser.add_subparsers(dest="errand", required=True)
        add = errands.add_parser(
            "add", help="Makes somebody staff, or gives staff other roles and a new one-time password."
        )
        add.add_argument("email")
        add.add_argument("--name", default="", help="As colleagues and requesters will read it.")
        add.add_argument(
            "--role", action="append", required=True, choices=Role.values, help="May be given several times."
        )
        lost = errands.add_parser("start-over", help="For a lost second factor: takes it and the password away.")
        lost.add_argument("email")
        errands.add_parser("list", help="Lists everybody who is staff, with roles and second factors.")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["errand"]:
            case "add":
                self.add(options["email"], options["name"], options["role"])
            case "start-over":
                self.start_over(options["email"])
            case "list":
                self.list()

    def add(self, email: str, name: str, roles: list[str]) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is not an e-mail address.") from None
        user, password = staff.add(email, name=name, roles=[Role(role) for role in roles])
        self.stdout.write(f"{user.email} is staff: {', '.join(sorted(roles))}.")
        self.say_password(password)

    def start_over(self, email: str) -> None:
        user = User.objects.filter(email=normalise_email(email), is_staff=True).first()
        if user is None:
            raise CommandError(f"{email} is not staff.")
        self.say_password(staff.start_over(user))

    def say_password(self, password: str) -> None:
        hours = int(staff.ONE_TIME_PASSWORD_LIFE.total_seconds() // 3600)
        self.stdout.write(f"One-time password: {password}")
        self.stdout.write(f"It works for {hours} hours; then a new password and a second factor are asked for.")

    def list(self) -> None:
        people = User.objects.filter(is_staff=True).order_by("email").prefetch_related("groups")
        for user in people:
            roles = ", ".join(sorted(group.name for group in user.groups.all())) or "no role"
            rows = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
            factor = ", ".join(sorted(set(rows.values_list("type", flat=True)))) or "no second factor yet"
            self.stdout.write(f"{user.email}\t{roles}\t{factor}{'' if user.is_active else '\tclosed'}")
        if not people:
            self.stdout.write("Nobody is staff yet. Add one: manage.py staff add EMAIL --role administrator")
