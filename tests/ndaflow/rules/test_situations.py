"""The table of situations, as a test and as `manage.py rules test` prints it."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ndaflow.rules import trials
from ndaflow.rules.models import RuleVersion
from ndaflow.rules.wording import Names

TABLE = Path(__file__).with_name("situations.toml")


def test_every_situation_has_its_decision_and_its_explanation():
    read = trials.read(TABLE.read_text(), {})
    results = read.results(read.rules, Names())
    assert len(results) >= 60
    for result in results:
        assert result.trial.decision and result.trial.explanation
        said = (result.decision, result.explanation)
        assert said == (result.trial.decision, result.trial.explanation), result.trial.name


@pytest.mark.once
@pytest.mark.django_db
def test_command_prints_the_table(capsys):
    call_command("rules", "test", str(TABLE))
    printed = capsys.readouterr().out
    assert "1. A customer under NDA: approve for 365 days.\n   Rule 8, “Customers”, matches: " in printed
    assert printed.endswith("71 situations, 0 not as expected.\n")


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[situations]]\nname = "A"\ndecision = "approve for 9 days"', "do not decide as the file expects"),
        ("[[situations]]", "No rules are published"),
        ("situations = [", "cannot be read"),
        ('[[situations]]\nname = "A"\nshoe_size = 43', "A: shoe_size is not a fact"),
        ('[[situations]]\nname = "A"\ncustomer = "yes"', "A: customer is 'yes'"),
        ("[[rules]]\nwhen = [{ fact = 'weather' }]", "'weather' is not a valid Fact"),
        ("[[rules]]\nthen = { open = true }", "open"),
        ("[[rules]]\nwhen = [{ fact = 'level', op = 'at_most' }]", "level cannot be compared by at_most"),
        ("[[weather]]", "weather is not known"),
    ],
)
def test_command_says_what_is_wrong(tmp_path, text, said):
    RuleVersion.objects.all().delete()
    file = tmp_path / "trials.toml"
    file.write_text(text if "rules" in text or "No rules" in said else f"{text}\n[[rules]]\nname = 'R'\n")
    with pytest.raises(CommandError, match=said):
        call_command("rules", "test", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("rules", "test", str(tmp_path / "missing.toml"))
