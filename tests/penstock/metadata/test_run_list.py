"""The list of runs as `runs --json` prints it; its schema is tested in `test_summary`."""

import pytest

from penstock.metadata.run_list import RunEntry, RunsView

ENTRY = {
    **{"run_id": "r", "state": "pushed", "version": 3, "failed_node": None, "started": 1.5, "seconds": 2.0},
    **{"metric": "auc", "value": None, "ran": 3, "cached": 0},
}


def test_list_is_plain_data_with_its_version():
    view = RunsView(document_version=1, pipeline="taxi", total=5, runs=(RunEntry.model_validate(ENTRY),))
    assert view.plain() == {"document_version": 1, "pipeline": "taxi", "total": 5, "runs": [ENTRY]}


@pytest.mark.parametrize("change", [{"state": "lost"}, {"unknown": 1}, {"ran": "many"}])
def test_entry_of_another_shape_is_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        RunEntry.model_validate({**ENTRY, **change})
