# SPDX-License-Identifier: Apache-2.0
"""Plays Python's ops.pebble, a client that is not ours, on a daemon.

usage: ops_client.py SOCKET FOLDER: runs each function below whose name begins
with "case_" and prints a line of JSON for it: its name, and why it failed.
"""
import io
import json
import os
import sys
import threading
import traceback

from ops import pebble

socket, folder = sys.argv[1:]
client = pebble.Client(socket_path=socket)
tag = os.urandom(3).hex()


def raises(kind, work, *args, **options):
    try:
        work(*args, **options)
    except kind as err:
        return err
    raise AssertionError("no %s was raised" % kind.__name__)


def add_service(suffix, command, **fields):
    name = "py-%s-%s" % (suffix, tag)
    client.add_layer(name, {"services": {name: dict(
        fields, override="replace", command=command)}}, combine=True)
    return name


def case_system_info():
    assert client.get_system_info().version.lstrip("v")[0].isdigit()


def case_layers_and_plan():
    name = add_service("plan", "sleep 1", summary="a summary",
                       environment={"A": "1"}, startup="disabled")
    service = client.get_plan().services[name]
    assert service.summary == "a summary" and service.environment == {"A": "1"}
    err = raises(pebble.APIError, client.add_layer, name, {"services": {}})
    assert err.code == 400 and "already exists" in err.message, err
    client.add_layer(name, "services: {%s: {override: merge, summary: new}}"
                     % name, combine=True)
    assert client.get_plan().services[name].summary == "new"


def case_services_start_stop_restart():
    name = add_service("run", "sleep 600")
    client.start_services([name])
    info, = client.get_services([name])
    assert info.is_running() and info.startup is pebble.ServiceStartup.DISABLED
    client.restart_services([name])
    client.stop_services([name])
    assert not client.get_services([name])[0].is_running()


def case_autostart_and_replan():
    name = add_service("auto", "sleep 600", startup="enabled")
    client.autostart_services()
    assert client.get_services([name])[0].is_running()
    client.stop_services([name])
    client.replan_services()
    assert client.get_services([name])[0].is_running()
    add_service("auto", "sleep 600")
    client.stop_services([name])


def case_a_failed_start_is_a_change_error():
    name = add_service("bad", "sh -c 'echo so sorry; exit 3'",
                       **{"on-failure": "ignore"})
    err = raises(pebble.ChangeError, client.start_services, [name])
    assert "exited quickly with code 3" in err.err, err.err
    assert "so sorry" in str(err), str(err)
    assert err.change.tasks[0].status == "Error"


def case_an_unknown_service_is_an_api_error():
    err = raises(pebble.APIError, client.start_services, ["nobody"])
    assert err.code == 400 and "nobody" in err.message, err


def case_changes_get_list_wait():
    name = add_service("chg", "sleep 600")
    change_id = client.start_services([name])
    change = client.get_change(change_id)
    assert change.ready and change.kind == "start" and change.err is None
    assert change.spawn_time <= change.ready_time
    assert client.wait_change(change_id).id == change_id
    found = client.get_changes(pebble.ChangeState.ALL, service=name)
    assert change_id in [each.id for each in found]
    client.stop_services([name])


def case_abort_ends_a_command():
    process = client.exec(["sleep", "600"])
    client.abort_change(process._change_id)
    raises((pebble.ChangeError, pebble.ExecError), process.wait)


def case_push_and_pull_text_and_bytes():
    path = folder + "/text"
    client.push(path, "ein Wört\n")
    with client.pull(path) as source:
        assert source.read() == "ein Wört\n"
    data = bytes(range(256)) * 1000
    client.push(path, io.BytesIO(data))
    with client.pull(path, encoding=None) as source:
        assert source.read() == data


def case_push_makes_folders_with_permissions():
    path = folder + "/a/b/c"
    err = raises(pebble.PathError, client.push, path, "x")
    assert err.kind == "not-found", err
    client.push(path, "x", make_dirs=True, permissions=0o640,
                user_id=os.getuid(), group_id=os.getgid())
    assert os.stat(path).st_mode & 0o777 == 0o640


def case_pull_of_nothing_is_a_path_error():
    err = raises(pebble.PathError, client.pull, folder + "/nothing")
    assert err.kind == "not-found", err


def case_list_files():
    os.makedirs(folder + "/list/sub")
    with open(folder + "/list/f.txt", "w") as target:
        target.write("123")
    first, second = client.list_files(folder + "/list")
    assert (first.name, first.type, first.size) == (
        "f.txt", pebble.FileType.FILE, 3)
    assert second.type is pebble.FileType.DIRECTORY
    assert first.last_modified.tzinfo and first.user_id == os.getuid()
    only, = client.list_files(folder + "/list", pattern="*.txt")
    assert only.path == folder + "/list/f.txt"
    only, = client.list_files(folder + "/list", itself=True)
    assert only.name == "list"
    err = raises(pebble.APIError, client.list_files, folder + "/nothing")
    assert err.code == 404, err


def case_make_dir_and_remove_path():
    path = folder + "/made"
    client.make_dir(path, permissions=0o750)
    assert os.stat(path).st_mode & 0o777 == 0o750
    err = raises(pebble.PathError, client.make_dir, path)
    assert err.kind == "generic-file-error", err
    client.make_dir(path + "/x/y", make_parents=True)
    err = raises(pebble.PathError, client.remove_path, path)
    assert err.kind == "generic-file-error", err
    client.remove_path(path, recursive=True)
    assert not os.path.exists(path)


def case_exec_output():
    process = client.exec(["sh", "-c", "echo out; echo err >&2"])
    assert process.wait_output() == ("out\n", "err\n")
    process = client.exec(["sh", "-c", "echo 1; echo 2 >&2"],
                          combine_stderr=True)
    assert process.wait_output() == ("1\n2\n", None)


def case_exec_input():
    process = client.exec(["cat"], stdin="héllo")
    assert process.wait_output()[0] == "héllo"
    process = client.exec(["cat"], stdin=b"\x00\xff" * 5000, encoding=None)
    assert process.wait_output()[0] == b"\x00\xff" * 5000


def case_exec_streams():
    process = client.exec(["cat"])
    for word in ("one", "two"):
        process.stdin.write(word + "\n")
    process.stdin.close()
    assert process.stdout.read() == "one\ntwo\n"
    process.wait()
    target = io.StringIO()
    client.exec(["seq", "3"], stdout=target).wait()
    assert target.getvalue() == "1\n2\n3\n"


def case_exec_of_megabytes():
    data = "0123456789abcde\n" * 100000
    assert client.exec(["cat"], stdin=data).wait_output()[0] == data


def case_exec_error():
    err = raises(pebble.ExecError, client.exec(
        ["sh", "-c", "echo o; echo e >&2; exit 7"]).wait_output)
    assert (err.exit_code, err.stdout, err.stderr) == (7, "o\n", "e\n"), err


def case_exec_timeout_is_a_change_error():
    process = client.exec(["sleep", "600"], timeout=0.3)
    err = raises(pebble.ChangeError, process.wait)
    assert "timed out" in str(err), err


def case_exec_environment_folder_user_context():
    name = add_service("ctx", "sleep 1", environment={"A": "s", "B": "s"},
                       **{"working-dir": "/usr"})
    process = client.exec(["sh", "-c", "echo $A $B $PWD; id -u"],
                          service_context=name, environment={"B": "e"},
                          user_id=os.getuid(), group_id=os.getgid())
    assert process.wait_output()[0] == "s e /usr\n%d\n" % os.getuid()
    process = client.exec(["pwd"], working_dir="/")
    assert process.wait_output()[0] == "/\n"


def case_exec_signal():
    process = client.exec(["sleep", "600"])
    threading.Timer(0.2, process.send_signal, ["SIGTERM"]).start()
    assert raises(pebble.ExecError, process.wait).exit_code == 143


def case_exec_of_nothing_is_an_api_error():
    err = raises(pebble.APIError, client.exec, ["nosuchprogram"])
    assert err.code == 400 and "nosuchprogram" in err.message, err


def case_signals():
    mark = folder + "/signalled"
    name = add_service("sig", "sh -c 'trap \"touch %s\" USR1; "
                       "while :; do sleep 0.05; done'" % mark)
    client.start_services([name])
    client.send_signal("SIGUSR1", [name])
    for _ in range(100):
        if os.path.exists(mark):
            break
        threading.Event().wait(0.05)
    assert os.path.exists(mark)
    client.stop_services([name])
    err = raises(pebble.APIError, client.send_signal, "SIGUSR1", [name])
    assert err.code == 500, err


def case_checks():
    name = "py-check-" + tag
    client.add_layer(name, {"checks": {name: {
        "override": "replace", "level": "ready", "period": "1h",
        "threshold": 2, "exec": {"command": "true"}}}})
    info, = client.get_checks(names=[name])
    assert info.status is pebble.CheckStatus.UP and info.threshold == 2
    assert info.level is pebble.CheckLevel.READY and info.change_id
    assert client.stop_checks([name]) == [name]
    info, = client.get_checks(level=pebble.CheckLevel.READY, names=[name])
    assert info.status is pebble.CheckStatus.INACTIVE
    assert client.start_checks([name]) == [name]
    assert client.start_checks([name]) == []
    client.stop_checks([name])


def case_notices():
    key = "example.com/py-" + tag
    notice_id = client.notify(pebble.NoticeType.CUSTOM, key,
                              data={"a": "b"})
    notice = client.get_notice(notice_id)
    assert (notice.key, notice.occurrences, notice.last_data) == (
        key, 1, {"a": "b"})
    assert notice.user_id == os.getuid()
    assert client.notify(pebble.NoticeType.CUSTOM, key) == notice_id
    found, = client.get_notices(keys=[key],
                                users=pebble.NoticesUsers.ALL)
    assert found.occurrences == 2
    err = raises(pebble.APIError, client.get_notice, "999999")
    assert err.code == 404, err


def case_identities():
    name = "py" + tag
    client.replace_identities({name: {"access": "read",
                                      "local": {"user-id": 543210}}})
    identity = client.get_identities()[name]
    assert identity.access is pebble.IdentityAccess.READ
    assert identity.local.user_id == 543210
    client.remove_identities([name])
    assert name not in client.get_identities()


for label, work in list(globals().items()):
    if label.startswith("case_"):
        why = None
        try:
            work()
        except Exception:
            why = traceback.format_exc()
        print(json.dumps({"name": label[5:].replace("_", " "), "why": why}),
              flush=True)
