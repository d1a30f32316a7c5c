# SPDX-License-Identifier: Apache-2.0
"""charm.lua, on ops."""
import ops


class Piled(ops.EventBase):
    def __init__(self, handle, number=0):
        super().__init__(handle)
        self.number = number

    def snapshot(self):
        return {"number": self.number}

    def restore(self, snapshot):
        self.number = snapshot["number"]


class GrowthEvents(ops.CharmEvents):
    piled = ops.EventSource(Piled)


class Growth(ops.CharmBase):
    on = GrowthEvents()
    _stored = ops.StoredState()

    def __init__(self, framework):
        super().__init__(framework)
        framework.observe(self.on.install, self._on_install)
        framework.observe(self.on.piled, self._on_piled)
        framework.observe(self.on.update_status, self._on_update_status)
        framework.observe(self.on.db_relation_changed,
                          self._on_db_relation_changed)

    def _on_install(self, _):
        for i in range(1, self.config["keys"] + 1):
            setattr(self._stored, f"key_{i}", f"value {i}")
        for i in range(1, self.config["deferred"] + 1):
            self.on.piled.emit(i)

    def _on_piled(self, event):
        if not self.config["drain"]:
            event.defer()

    def _on_update_status(self, _):
        if self.config["keys"] > 0:
            self._stored.key_1 = "changed"

    def _on_db_relation_changed(self, event):
        offer = event.relation.data[event.app]["offer"]
        event.relation.data[self.unit]["seen"] = offer


if __name__ == "__main__":
    ops.main(Growth)
