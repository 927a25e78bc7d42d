"""Tables as CSV: no cell calculates, in whatever way a spreadsheet splits the lines."""

import csv
import io

import pytest

from trustcenter.web import spreadsheet

pytestmark = pytest.mark.once


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("typed", ["=1+1", "x;=1+1;", "x; +1;", "x\t@SUM(1);", "x;\uff1d1;", "x\n=1;"])
def test_no_cell_is_a_formula(separator, typed):
    """A spreadsheet of a German office splits at semicolons, whatever the file was written with."""
    made = "".join(spreadsheet.lines(["a", "b"], [["Rhea", typed]])).removeprefix("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(made), delimiter=separator) for cell in row]
    assert not [cell for cell in cells if cell.strip(" ").startswith(("=", "+", "-", "@", "\uff1d"))]
