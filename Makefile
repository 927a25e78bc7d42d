# Each target sets up what it needs first. See README.md.
.PHONY: run test check bench crash screens messages setup

run:
	@bin/setup run
	@TRUSTCENTER_DEMO=$${TRUSTCENTER_DEMO:-1} exec .venv/bin/python manage.py serve

test:
	@bin/setup test
	@bin/test

check:
	@bin/setup check
	@bin/check

bench:
	@bin/setup bench
	@bench/run

# Kills the site a hundred times on each database while twenty simulated people use it, races every two
# steps, and decides requests a hundred times at once. Takes some minutes each.
crash:
	@bin/setup test
	TEST_DATABASE=postgresql STEP_PAIRS=all RACES=20 .venv/bin/python -m pytest tests/ndaflow/requests/test_step_pairs.py \
		tests/ndaflow/requests/test_races.py \
		tests/ndaflow/requests/test_paper_races.py tests/ndaflow/rules/test_rule_races.py tests/site/people/test_races.py
	WALKS=50 .venv/bin/python -m pytest tests/ndaflow/requests/test_machine.py
	.venv/bin/python -m tests.crash --kills 100

screens:
	@bin/setup test
	TRUSTCENTER_SCREENS=docs/screens .venv/bin/python -m pytest tests/browser

# Writes the catalogue of texts for translators. Run it after changing a text.
messages:
	@bin/setup test
	.venv/bin/python -m tests.catalogue
	.venv/bin/python -m tests.proxy_pages

setup:
	@bin/setup test
