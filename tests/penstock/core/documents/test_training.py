"""What Trainer writes next to the model: the losses by epoch as CSV; the other documents are in `test_document`."""

import pytest

from penstock.core.documents.training import Curves, Epoch, Tried
from penstock.core.errors import PenstockError

CSV = "epoch,loss,val_loss\r\n0,0.5,0.25\r\n1,0.25,nan\r\n"


def test_losses_are_read_as_they_were_written(tmp_path):
    curves = Curves(epochs=(Epoch(epoch=0, loss=0.5, val_loss=0.25), Epoch(epoch=1, loss=1e-9)))
    assert curves.text() == "epoch,loss,val_loss\r\n0,0.5,0.25\r\n1,1e-09,\r\n"
    (tmp_path / "curves.csv").write_text(curves.text(), newline="")
    assert Curves.read(tmp_path) == curves


def test_losses_that_are_not_finite_and_files_without_epochs_are_read():
    assert Curves.parse(CSV, "here").epochs[1].val_loss != 0
    assert Curves.parse("epoch,loss,val_loss\n", "here").epochs == ()
    assert Curves.parse("epoch,loss\n0,0.5\n", "here").epochs == (Epoch(epoch=0, loss=0.5),)


@pytest.mark.parametrize(
    ("content", "received"),
    [
        ("", "no column 'epoch'"),
        ("{}", "no column 'epoch'"),
        (b"\xff\xfe", "'utf-8' codec can't decode byte 0xff"),
        ("epoch,loss,val_loss\nzero,0.5,0.25\n", "epochs.0.epoch: Input should be a valid integer"),
        ("epoch,loss,val_loss\n0,0.5,0.25,9\n", "epochs.0"),
        ("epoch,loss,val_loss,rate\n0,0.5,0.25,0.1\n", "epochs.0.rate: Extra inputs are not permitted"),
        ("epoch,loss,val_loss\n0,half,0.25\n", "epochs.0.loss: Input should be a valid number"),
    ],
)
def test_damaged_losses_are_refused(content, received):
    with pytest.raises(PenstockError) as refused:
        Curves.parse(content, "/artifacts/curves.csv")
    error = refused.value
    assert (error.what, error.expected) == ("/artifacts/curves.csv", "the losses by epoch, undamaged")
    assert error.received.startswith(received)
    assert "penstock fsck" in error.next_step


def test_model_of_an_earlier_leaderboard_was_not_cut_short():
    given = {"family": "linear", "settings": {}, "value": 1.0, "fit_seconds": 0, "row_microseconds": 0, "weight": 0}
    assert Tried.model_validate(given).cut == ""
