"""The parts of a sample document that are made from data: control matrix, questions, findings, contents."""

import re
from collections import Counter
from collections.abc import Callable
from html import escape
from typing import Any

from content.samples.figures import bars, table

Data = dict[str, Any]

# Population and sample of controls that run at fixed times.
RHYTHMS = {"yearly": (1, 1), "quarterly": (4, 2), "monthly": (12, 3), "weekly": (52, 8), "daily": (365, 25)}
FAMILIES = {
    "CC1": "Control environment", "CC2": "Communication and information", "CC3": "Risk assessment",
    "CC4": "Monitoring", "CC5": "Control activities", "CC6": "Logical and physical access",
    "CC7": "System operations", "CC8": "Change management", "CC9": "Risk mitigation",
    "A1": "Availability", "C1": "Confidentiality",
}  # fmt: skip
TEAMS = {
    "People team": "the people team", "Legal": "the lawyers", "Board secretary": "the board's secretary",
    "Security team": "the security team", "Engineering": "the engineers", "Finance": "the finance team",
    "Internal audit": "the internal auditors", "Office and IT": "the office and IT team",
}  # fmt: skip
SEVERITIES = ("Critical", "High", "Medium", "Low", "Note")


def contents(html: str) -> str:
    """A table of contents of the page's level 2 and 3 headings; the style sheet adds the page numbers."""
    entries = re.findall(r'<h([23])[^>]* id="([^"]+)">(.*?)</h\1>', html)
    rows = "".join(
        f'<li class="level{level}"><a href="#{anchor}">{text}</a></li>'
        for level, anchor, text in entries
        if text != "Contents"
    )
    return f'<nav class="contents"><ul>{rows}</ul></nav>'


def sampled(control: Data) -> tuple[int, int]:
    """A control's population and sample; (0, 0) if it runs continuously."""
    if control["rhythm"] == "continuous":
        return 0, 0
    if control["rhythm"] in RHYTHMS:
        return RHYTHMS[control["rhythm"]]
    population = control["population"]
    return population, min(population, 25 if population < 250 else 40)


def tests(control: Data) -> list[tuple[str, str]]:
    """Kind and description of each test of a control."""
    population, chosen = sampled(control)
    evidence, team = control["evidence"], TEAMS[control["owner"]]
    steps = [
        ("Inquiry", f"Asked {team} how the control works, and compared the answer with the procedure."),
        (
            "Inspection",
            "Read the procedure and judged whether the control, if it works, meets the criterion.",
        ),
    ]
    if not population:
        steps.append(("Inspection", f"Inspected {evidence}."))
        steps.append(("Observation", "Watched the control work once in the live system."))
    elif chosen == population:
        whole = "the one occurrence" if population == 1 else f"all {population} occurrences"
        steps.append(("Inspection", f"Inspected {evidence}; {whole} in the period."))
    else:
        steps.append(("Inspection", f"Traced the list of {population} occurrences to its source: it is whole."))
        steps.append(("Inspection", f"Inspected {evidence}; {chosen} of {population} occurrences in the period."))
    return steps


def controls(data: Data) -> str:
    """The control matrix: a page per criterion, and per control its text, tests and results."""
    parts = []
    for criterion in data["criteria"]:
        code, found = escape(criterion["code"]), criterion["controls"]
        count = sum(len(tests(control)) for control in found)
        apart = sum("exception" in control for control in found)
        parts.append(
            f'<h3 class="criterion" id="{code}">{code} {escape(criterion["title"])}</h3>'
            f'<p class="risk"><b>What could go wrong.</b> {escape(criterion["risk"])}</p>'
            f'<p class="facts">Controls: {len(found)} · tests: {count} · exceptions: {apart}</p>'
        )
        parts += [_control(control) for control in found]
    return "".join(parts)


def _control(control: Data) -> str:
    steps, response = tests(control), ""
    results = ["<td>No exception.</td>"] * len(steps)
    if "exception" in control:
        results[-1] = '<td class="found">Exception noted.</td>'
        response = (
            f'<div class="response"><p><b>Exception.</b> {escape(control["exception"])}</p>'
            f"<p><b>Response.</b> {escape(control['response'])}</p></div>"
        )
    rows = "".join(
        f"<tr><td>{kind}</td><td>{escape(step)}</td>{result}</tr>"
        for (kind, step), result in zip(steps, results, strict=True)
    )
    return (
        f'<section class="control"><p class="facts"><b>{escape(control["code"])}</b> '
        f"{escape(control['owner'])} · {escape(control['rhythm'])}</p>"
        f'<p class="text">{escape(control["text"])}</p><table class="tests"><thead><tr>'
        f"<th>Kind</th><th>Test</th><th>Result</th></tr></thead><tbody>{rows}</tbody></table>{response}</section>"
    )


def _each(data: Data) -> list[Data]:
    return [control for criterion in data["criteria"] for control in criterion["controls"]]


def control_plot(data: Data) -> str:
    """Controls by family of criteria, with exceptions in another colour."""
    found = _each(data)
    family = Counter(control["code"].split(".")[0] for control in found)
    apart = Counter(control["code"].split(".")[0] for control in found if "exception" in control)
    rows = [(f"{name} ({code})", family[code], apart[code]) for code, name in FAMILIES.items()]
    return bars(rows, f"Controls by family of criteria, {len(found)} in all", "with an exception")


def rhythm_plot(data: Data) -> str:
    """Controls by how often they run."""
    count = Counter(control["rhythm"] for control in _each(data))
    rows = [(name.capitalize(), count[name], 0) for name in ("continuous", *reversed(RHYTHMS), "per event")]
    return bars(rows, "Controls by how often they run")


def exceptions(data: Data) -> str:
    """The exceptions of the matrix in one table."""
    rows = [(c["code"], c["exception"], c["response"]) for c in _each(data) if "exception" in c]
    return table(("Control", "What was found", "Response of management"), rows, "exceptions")


def mapping(data: Data) -> str:
    """Which controls meet which criterion."""
    rows = [(c["code"], c["title"], ", ".join(x["code"] for x in c["controls"])) for c in data["criteria"]]
    return table(("Criterion", "Subject in our words", "Controls"), rows, "mapping")


def teams(data: Data) -> str:
    """Which controls each team owns."""
    rows = []
    for team in TEAMS:
        own = [control["code"] for control in _each(data) if control["owner"] == team]
        rows.append((team, str(len(own)), ", ".join(own)))
    return table(("Team", "Count", "Controls"), rows, "teams")


def register(data: Data) -> str:
    """Population, sample and selection of every control that was sampled."""
    rows = []
    for control in _each(data):
        population, chosen = sampled(control)
        if chosen:
            items = ", ".join(str(1 + number * population // chosen) for number in range(chosen))
            rows.append((control["code"], control["rhythm"], str(population), str(chosen), items))
    return table(("Control", "Rhythm", "Population", "Sample", "Items looked at"), rows, "register")


def evidence(data: Data) -> str:
    """The requested evidence, a row for each control."""
    rows = [(c["code"], c["evidence"][0].upper() + c["evidence"][1:], c["owner"]) for c in _each(data)]
    return table(("Control", "Evidence", "Provided by"), rows, "evidence")


def _numbered(domains: list[Data]) -> list[tuple[str, Data]]:
    return [
        (f"{domain['code']}-{number:02d}", question)
        for domain in domains
        for number, question in enumerate(domain["questions"], 1)
    ]


def questions(data: Data) -> str:
    """The questionnaire: a heading and a table per domain, numbered by the domain's code."""
    head = ("No.", "Question", "Answer", "Whose duty", "Remark")
    parts = []
    for domain in data["domains"]:
        code = escape(domain["code"])
        rows = [(n, q["question"], q["answer"], q["by"], q["remark"]) for n, q in _numbered([domain])]
        parts.append(f'<h2 id="{code}">{code} {escape(domain["title"])}</h2>' + table(head, rows, "questions"))
    return "".join(parts)


def customer_duties(data: Data) -> str:
    """The questions that are also the customer's responsibility."""
    asked = _numbered(data["domains"])
    rows = [(n, q["question"], q["by"], q["remark"]) for n, q in asked if q["by"] != "Provider"]
    return table(("No.", "Question", "Whose duty", "Remark"), rows, "duties")


def not_yes(data: Data) -> str:
    """The questions that are not answered with yes."""
    asked = _numbered(data["domains"])
    rows = [(n, q["question"], q["answer"], q["remark"]) for n, q in asked if q["answer"] != "Yes"]
    return table(("No.", "Question", "Answer", "Remark"), rows, "duties")


def answer_plot(data: Data) -> str:
    """Questions by domain, with those that are not answered with yes in another colour."""
    domains = data["domains"]
    rows = [(d["title"], len(d["questions"]), sum(q["answer"] != "Yes" for q in d["questions"])) for d in domains]
    return bars(rows, f"Questions by domain, {len(_numbered(domains))} in all", "answered no or not applicable")


def finding_plot(data: Data) -> str:
    """Findings by severity, with those that are not fixed in another colour."""
    count = Counter(finding["severity"] for finding in data["findings"])
    still = Counter(finding["severity"] for finding in data["findings"] if finding["state"] != "Fixed")
    return bars([(name, count[name], still[name]) for name in SEVERITIES], "Findings by severity", "not fixed")


def findings(data: Data) -> str:
    """The findings: each with its effect, remedy and state."""
    parts = []
    for number, item in enumerate(data["findings"], 1):
        parts.append(
            f'<section class="control"><p class="facts"><b>F-{number:02d}</b> {escape(item["severity"])} · '
            f'{escape(item["state"])}</p><p class="text">{escape(item["title"])}</p><dl>'
            f"<dt>What</dt><dd>{escape(item['what'])}</dd><dt>Effect</dt><dd>{escape(item['effect'])}</dd>"
            f"<dt>Remedy</dt><dd>{escape(item['remedy'])}</dd></dl></section>"
        )
    return "".join(parts)


BLOCKS: dict[str, Callable[[Data], str]] = {
    "controls": controls,
    "control-plot": control_plot,
    "rhythm-plot": rhythm_plot,
    "exceptions": exceptions,
    "mapping": mapping,
    "teams": teams,
    "register": register,
    "evidence": evidence,
    "questions": questions,
    "customer-duties": customer_duties,
    "not-yes": not_yes,
    "answer-plot": answer_plot,
    "findings": findings,
    "finding-plot": finding_plot,
}
