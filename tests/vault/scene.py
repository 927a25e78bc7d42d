"""Creates a gated document, Edda who may upload and Rhea who may read, on a site; prints their cookies."""

import json
import sys

import django

SLUG = "canary-report"
TOKEN = "canarycanarycanarycanarycanaryca"


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.test import Client

    from ndaflow.agreements.models import AgreementVersion
    from tests import cast, signin

    def cookies(client: Client) -> str:
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"

    document, rhea = cast.document(SLUG), cast.rhea()
    request = cast.open_request(rhea, document)
    cast.sign(request, rhea, AgreementVersion.objects.get())
    cast.approve(request, cast.person("ada@canary.example", "Ada", "administrator"))
    cast.without_file(document)
    edda = cast.person("edda@canary.example", "Edda", "editor")
    said = {
        "edda": cookies(signin.staff_client(Client(), edda)),
        "rhea": cookies(signin.with_proofs(Client(), rhea, "code")),
    }
    sys.stdout.write("\n" + json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
