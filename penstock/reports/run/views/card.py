"""The model card: the facts of the run, and what `[card]` says."""

from markupsafe import Markup

from penstock.registry.cards.texts import limits
from penstock.reports.markup import drawn
from penstock.reports.run.document import RunReport

_TEMPLATE = "run/card.html"


def view(report: RunReport) -> Markup:
    """Return the section."""
    found = report.card
    ethical = [f"{each.name}: {each.mitigation}" if each.mitigation else each.name for each in found.ethical]
    lists = [
        ("Intended users", found.users, "users"),
        ("Intended use", found.uses, "uses"),
        ("Limits", limits(found), "limits"),
        ("Ethical considerations", ethical, "ethical"),
    ]
    optional = [("Trade-offs", found.tradeoffs, "tradeoffs"), ("References", found.references, "references")]
    lists += [each for each in optional if each[1]]
    facts = [
        ("Model", f"{found.name}, version {found.version}" if found.version else found.name),
        ("Owner", found.owner or "not stated"),
        ("Contact", found.contact),
        ("Licence", found.licence or "not stated"),
        ("Date", found.date),
        ("SHA-256", found.digest),
        ("Citation", found.citation),
        ("Tags", ", ".join(found.tags)),
    ]
    return drawn(_TEMPLATE, "card", report=report, pairs=facts, lists=lists)
