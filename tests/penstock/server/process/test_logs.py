import json
import os

from penstock.server.process.logs import AccessLog


def test_line_of_a_request_is_json_without_empty_values():
    read, write = os.pipe()
    AccessLog(descriptor=write).write(id="a\n\x1b", status=200, model=None)
    line = os.read(read, 10_000)
    os.close(read), os.close(write)
    values = json.loads(line)
    assert line.count(b"\n") == 1
    assert {name: value for name, value in values.items() if name != "time"} == {"id": "a\n\x1b", "status": 200}


def test_log_that_nobody_reads_any_more_is_not_written():
    read, write = os.pipe()
    os.close(read)
    log = AccessLog(descriptor=write)
    log.write(id="a")
    os.close(write)
    log.write(id="b")


def test_log_that_is_not_wanted_is_not_written():
    read, write = os.pipe()
    AccessLog(enabled=False, descriptor=write).write(id="a")
    os.close(write)
    assert os.read(read, 10) == b""
    os.close(read)


def test_log_on_a_full_disk_goes_on_when_there_is_room(tmp_path):
    descriptor = os.open("/dev/full", os.O_WRONLY)
    log = AccessLog(descriptor=descriptor)
    log.write(id="lost")
    with (tmp_path / "log").open("w") as file:
        os.dup2(file.fileno(), descriptor)
        log.write(id="kept")
    os.close(descriptor)
    assert [json.loads(line)["id"] for line in (tmp_path / "log").read_text().splitlines()] == ["kept"]
