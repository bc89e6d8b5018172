"""The card of a version in its folder: that of its report, with what the folder has next to it."""

from collections.abc import Iterator

from penstock.config.report import Card as Written
from penstock.registry.cards.facts import Named, card_of
from penstock.registry.cards.markdown import table, text
from penstock.registry.cards.texts import markdown
from penstock.registry.documents import Experiment, Model, Version


def card(model: Model, version: Version, experiment: Experiment, written: Written, licence: str) -> str:
    """Return the card of a version.

    Args:
        model: The model.
        version: The version.
        experiment: The experiment that pushed it.
        written: `[card]` of the configuration.
        licence: The name of the file with the licence; empty if there is none.
    """
    started = str(experiment.details.get("started") or experiment.created.isoformat())
    named = Named(model.name, str(version.number), version.digest, started[:10])
    facts = card_of(experiment.model_dump(mode="json"), written, named)
    return markdown(facts, [*_version(model, version, experiment, licence)])


def _version(model: Model, version: Version, experiment: Experiment, licence: str) -> Iterator[str]:
    rows = [
        ("Version name", experiment.name),
        ("Project", model.project),
        ("Text of the licence", f"see {licence}" if licence else ""),
        *((f"Tag {name}", value) for name, value in version.tags.items()),
    ]
    yield from ("## This folder", "")
    yield from (text(version.description), "") if version.description else ()
    yield from (*table(("", ""), [row for row in rows if row[1]]), "")
    yield "Inputs and outputs are those of the signatures in `model/`; `requests.json` has an example."
    yield "`statistics.pb` has the statistics of the training rows and `schema.pbtxt` the schema, if the run kept them."
