# SPDX-License-Identifier: Apache-2.0
"""A charm of Python's ops: a book in a container, a line for each writer.

tests/integration/python_charm_spec.lua deploys it beside charms of Lua.
"""

import json
import logging
import pathlib

import ops

logger = logging.getLogger(__name__)

BOOK = "/srv/pages/book.txt"
# Where this file lies, the state is kept by Juju rather than in a file.
BY_JUJU = pathlib.Path("state-by-juju")


class Ledger(ops.CharmBase):
    """Handlers; what they saw is in the stored state, for the action."""

    stored = ops.StoredState()

    def __init__(self, framework):
        super().__init__(framework)
        self.stored.set_default(heading="", waited=0, seen=[], ready=set())
        on = self.on
        observe = framework.observe
        observe(on.config_changed, self.on_config_changed)
        observe(on.desk_pebble_ready, self.on_pebble_ready)
        observe(on.pages_storage_attached, self.on_storage_attached)
        observe(on["book"].relation_joined, self.on_joined)
        observe(on["book"].relation_changed, self.on_changed)
        observe(on["book"].relation_departed, self.on_departed)
        observe(on["book"].relation_broken, self.on_broken)
        observe(on.spare_storage_attached, self.on_storage_attached)
        observe(on.desk_pebble_custom_notice, self.on_notice)
        observe(on.desk_pebble_check_failed, self.on_check)
        observe(on.desk_pebble_check_recovered, self.on_check)
        observe(on.read_action, self.on_read)
        observe(on.tear_action, self.on_tear)
        observe(on.change_action, self.on_change)
        observe(on.close_action, self.on_close)
        observe(on.ring_action, self.on_ring)
        observe(on.more_action, self.on_more)
        observe(on["key"].relation_joined, self.on_key_joined)
        observe(on["key"].relation_changed, self.on_key_changed)
        observe(on.secret_changed, self.on_secret_changed)
        observe(on.secret_rotate, self.on_secret_rotate)
        observe(on.secret_remove, self.on_secret_remove)
        observe(on.collect_unit_status, self.on_collect_status)

    @property
    def desk(self):
        return self.unit.get_container("desk")

    def remember(self, event):
        self.stored.seen.append(event)

    def write_book(self):
        """Pushes the book; True when it could be."""
        if not self.desk.can_connect():
            return False
        lines = [self.stored.heading]
        for relation in self.model.relations["book"]:
            for unit in sorted(relation.units, key=lambda u: u.name):
                text = relation.data[unit].get("line")
                if text:
                    lines.append(f"{unit.name}: {text}")
        self.desk.push(BOOK, "\n".join(lines) + "\n", make_dirs=True)
        return True

    def on_config_changed(self, event):
        if self.config["closed"]:
            self.stored.waited += 1
            event.defer()
            return
        self.stored.heading = str(self.config["heading"])
        self.write_book()

    def on_storage_attached(self, event):
        self.remember(f"attached {event.storage.full_id} "
                      f"{event.storage.location}")
        (event.storage.location / "mark").write_text(self.unit.name)

    def on_pebble_ready(self, event):
        container = event.workload
        container.add_layer("desk", {
            "services": {
                "clerk": {
                    "override": "replace",
                    "startup": "enabled",
                    "command": "sleep 1000000",
                    "environment": {"BOOK": BOOK},
                },
            },
            "checks": {
                "open": {
                    "override": "replace",
                    "period": "2s",
                    "timeout": "1900ms",
                    "threshold": 1,
                    "exec": {"command": "test ! -e /tmp/closed"},
                },
            },
        }, combine=True)
        container.replan()
        self.stored.ready.add(container.name)
        self.unit.set_workload_version("1.0")

    def on_notice(self, event):
        self.remember(f"notice {event.notice.key}")

    def on_check(self, event):
        verb = "failed" if "Failed" in type(event).__name__ else "recovered"
        self.remember(f"check {event.info.name} {verb}")

    def on_joined(self, event):
        self.remember(f"joined {event.unit.name}")
        event.relation.data[self.unit]["host"] = str(
            self.model.get_binding(event.relation).network.bind_address)
        if self.unit.is_leader():
            event.relation.data[self.app]["heading"] = self.stored.heading
            shelf = self.model.get_relation("shelf")
            shelf.data[self.app]["writers"] = json.dumps(
                sorted(r.app.name for r in self.model.relations["book"]))

    def on_changed(self, event):
        if event.unit is None:
            return
        line = event.relation.data[event.unit].get("line")
        if not line:
            return
        if not self.write_book():
            event.defer()
            return
        event.relation.data[self.unit]["taken"] = line

    def on_departed(self, event):
        self.remember(f"departed {event.departing_unit.name}")

    def on_broken(self, event):
        self.remember(f"broken {event.relation.app.name}")
        if self.unit.is_leader():
            shelf = self.model.get_relation("shelf")
            shelf.data[self.app]["writers"] = json.dumps(
                sorted(r.app.name for r in self.model.relations["book"]))

    def on_read(self, event):
        lines = self.desk.pull(BOOK).read().splitlines()
        size, _ = self.desk.exec(["wc", "-l", BOOK]).wait_output()
        out, err = self.desk.exec(
            ["sh", "-c", "cat; echo $WHO >&2; pwd"], stdin="in ",
            environment={"WHO": "clerk"}, working_dir="/srv").wait_output()
        clerk = self.desk.get_service("clerk")
        shelf = self.model.get_relation("shelf")
        event.log("reading")
        event.set_results({
            "lines": json.dumps(lines[-event.params["last"]:]),
            "count": size.split()[0],
            "exec": {"out": out, "err": err},
            "clerk": clerk.current.value,
            "waited": self.stored.waited,
            "ready": ",".join(sorted(self.stored.ready)),
            "seen": json.dumps(list(self.stored.seen)),
            "writers": shelf.data[self.app].get("writers", "none"),
            "units": self.app.planned_units(),
        })

    def on_tear(self, event):
        try:
            self.desk.exec(["sh", "-c", "echo no >&2; exit 3"]).wait_output()
        except ops.pebble.ExecError as error:
            event.fail(f"code {error.exit_code}: {error.stderr.strip()}")

    def on_ring(self, event):
        self.desk.pebble.notify(
            ops.pebble.NoticeType.CUSTOM, "ledger.example/bell")

    def on_close(self, event):
        if event.params["closed"]:
            self.desk.push("/tmp/closed", "")
        else:
            self.desk.remove_path("/tmp/closed")

    def on_more(self, event):
        self.model.storages.request("spare", event.params["count"])

    # Secrets: one of ours that the other side of `key` reads, one of theirs
    # that we read.

    def secret(self):
        try:
            return self.model.get_secret(label="shared")
        except ops.SecretNotFoundError:
            return self.app.add_secret(
                {"password": "first"}, label="shared",
                description="for guests", rotate=ops.SecretRotate.DAILY)

    def on_key_joined(self, event):
        secret = self.secret()
        secret.grant(event.relation)
        event.relation.data[self.app]["secret"] = secret.get_info().id

    def on_key_changed(self, event):
        token = event.unit and event.relation.data[event.unit].get("token")
        if token:
            secret = self.model.get_secret(id=token, label="token")
            self.remember(f"token {secret.get_content()['token']}")

    def on_change(self, event):
        secret = self.model.get_secret(label="shared")
        secret.set_content({"password": event.params["password"]})
        info = secret.get_info()
        event.set_results({
            "revision": info.revision, "rotation": info.rotation.value,
            "description": info.description,
        })

    def on_secret_changed(self, event):
        # Ours too: who has read a secret tracks it, its owner like others.
        (value,) = event.secret.get_content(refresh=True).values()
        self.remember(f"changed {event.secret.label} {value}")

    def on_secret_rotate(self, event):
        self.remember(f"rotate {event.secret.label}")
        event.secret.set_content({"password": "rotated"})

    def on_secret_remove(self, event):
        self.remember(f"remove {event.secret.label} {event.revision}")
        event.remove_revision()

    def on_collect_status(self, event):
        if not self.desk.can_connect():
            event.add_status(ops.WaitingStatus("for the desk"))
        event.add_status(ops.ActiveStatus(self.stored.heading))


if __name__ == "__main__":
    ops.main(Ledger, use_juju_for_storage=BY_JUJU.exists())
