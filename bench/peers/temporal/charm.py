# SPDX-License-Identifier: Apache-2.0
"""charm/temporal-k8s on ops: the same events, statuses, databags and layer.

The configuration is made of a Jinja2 template, as Temporal's charm of Python
does. Left out is what would need still more than ops: the SQL and the gRPC
call by which charm.lua asks the database and the server themselves.
"""
import hashlib
import json
import pathlib

import jinja2
import ops

CONTAINER = "temporal"
SERVICES = ("frontend", "history", "matching", "worker")
LEVELS = {"debug": "debug", "info": "info", "warning": "warn",
          "error": "error", "critical": "fatal"}
FIELDS = ("dbname", "host", "port", "user", "password")
CONFIG_PATH = "/etc/temporal/config/charm.yaml"
DYNAMIC_PATH = "/etc/temporal/config/dynamicconfig/charm.yaml"
PORTS = {"frontend": (7233, 6933), "history": (7234, 6934),
         "matching": (7235, 6935), "worker": (7239, 6939)}


class Blocked(Exception):
    pass


def parse(conninfo):
    return dict(pair.split("=", 1) for pair in conninfo.split())


def split(text):
    return [word.strip() for word in (text or "").split(",") if word.strip()]


class Temporal(ops.CharmBase):
    _stored = ops.StoredState()

    def __init__(self, framework):
        super().__init__(framework)
        self._stored.set_default(masters={})
        observe = framework.observe
        observe(self.on.install, self._on_install)
        observe(self.on.temporal_pebble_ready, self._update)
        observe(self.on.config_changed, self._on_config_changed)
        observe(self.on.update_status, self._update)
        observe(self.on.temporal_relation_changed, self._update)
        observe(self.on.db_relation_joined, self._on_db_relation_joined)
        observe(self.on.db_relation_changed, self._on_db_relation_changed)
        observe(self.on.admin_relation_joined, self._on_admin_changed)
        observe(self.on.admin_relation_changed, self._on_admin_changed)

    def _on_install(self, _):
        self.unit.status = ops.MaintenanceStatus("installing temporal")

    def _on_config_changed(self, event):
        self.unit.status = ops.WaitingStatus("configuring temporal")
        self._update(event)

    # The database

    def _peer(self):
        return self.model.get_relation("temporal").data[self.app]

    def _requests(self):
        return json.loads(self._peer().get("requests", "{}"))

    def _on_db_relation_joined(self, event):
        requests = self._requests()
        if self.unit.is_leader() and str(event.relation.id) not in requests:
            self.unit.status = ops.WaitingStatus(
                "initializing database connection")
            requests[str(event.relation.id)] = {"database": self.app.name}
            self._peer()["requests"] = json.dumps(requests)
        self._mirror(event.relation)

    def _mirror(self, relation):
        request = self._requests().get(str(relation.id))
        if not request:
            return
        keys = {"database": request["database"], "roles": "",
                "extensions": ""}
        entities = [self.unit, self.app] if self.unit.is_leader() \
            else [self.unit]
        for entity in entities:
            data = relation.data[entity]
            for key, value in keys.items():
                if data.get(key, "") != value:
                    data[key] = value

    def _master_of(self, relation):
        request = self._requests().get(str(relation.id))
        if not request or not relation.app:
            return None
        subnets = relation.data[self.unit].get("egress-subnets")
        for entity in [relation.app] + sorted(relation.units,
                                              key=lambda unit: unit.name):
            data = relation.data[entity]
            if (data.get("master")
                    and data.get("database") == request["database"]
                    and set(split(subnets))
                    <= set(split(data.get("allowed-subnets")))):
                return data["master"]
        return None

    def _connection(self):
        for relation in self.model.relations["db"]:
            master = self._master_of(relation)
            if master:
                return parse(master)
        return None

    def _on_db_relation_changed(self, event):
        self._mirror(event.relation)
        key = str(event.relation.id)
        master = self._master_of(event.relation)
        digest = master and hashlib.sha256(master.encode()).hexdigest()
        if digest == self._stored.masters.get(key):
            return
        self.unit.status = ops.WaitingStatus("handling database change")
        self._publish()
        self._stored.masters[key] = digest

    # The admin charm

    def _connections(self):
        connection = self._connection()
        if not connection:
            return None
        return {store: {"schema": schema,
                        **{field: connection[field] for field in FIELDS}}
                for store, schema in (("db", "public"),
                                      ("visibility", "visibility"))}

    def _publish(self):
        ours = self._connections()
        if self.unit.is_leader():
            for relation in self.model.relations["admin"]:
                relation.data[self.app]["database_connections"] = \
                    json.dumps(ours) if ours else ""
            self._peer()["schema_ready"] = json.dumps(self._schema_ready(ours))
        self.unit.status = ops.WaitingStatus("handling schema ready change")
        self._update(None)

    def _schema_ready(self, ours):
        places = ours and " ".join(
            "{}={dbname}/{schema}@{host}:{port}".format(store, **ours[store])
            for store in sorted(ours))
        for relation in self.model.relations["admin"]:
            if ours and relation.app:
                data = relation.data[relation.app]
                if (data.get("schema_status") == "ready"
                        and data.get("schema_databases", places) == places):
                    return True
        return False

    def _on_admin_changed(self, _):
        self._publish()

    # The workload

    def _check(self):
        config = self.config
        level = config["log-level"]
        if level not in LEVELS:
            raise Blocked(f"config: invalid log level {level!r}")
        for name in config["services"].split(","):
            if name.strip() not in SERVICES:
                raise Blocked("error in services config: invalid service "
                              f"{name.strip()!r}")
        shards = config["num-history-shards"]
        if shards < 1 or shards & (shards - 1):
            raise Blocked("value of 'num-history-shards' config must be set "
                          "to a positive power of 2 (e.g. 1, 2, 4)")
        connection = self._connection()
        if not connection:
            raise Blocked("db:pgsql relation: no database connection "
                          "available")
        served = json.loads(self._peer().get("served", "{}"))
        if served.get("place") == self._place(connection) \
                and served["shards"] != shards:
            raise Blocked("value of 'num-history-shards' config cannot be "
                          "changed after deployment. Value should be "
                          f"{served['shards']}")
        if self._peer().get("schema_ready") != "true":
            raise Blocked("admin:temporal relation: schema is not ready")
        return connection

    @staticmethod
    def _place(connection):
        return "{dbname}@{host}:{port}".format(**connection)

    def _update(self, _):
        container = self.unit.get_container(CONTAINER)
        reachable = container.can_connect()
        try:
            connection = self._check()
        except Blocked as why:
            if reachable and CONTAINER in container.get_services(CONTAINER):
                container.stop(CONTAINER)
            self.unit.status = ops.BlockedStatus(str(why))
            return
        if not reachable:
            self.unit.status = ops.WaitingStatus(
                "waiting for pebble in the container " + CONTAINER)
            return
        binding = self.model.get_binding("temporal")
        address = str(binding.network.bind_address)
        container.push(CONFIG_PATH, self._config_text(connection, address),
                       make_dirs=True, permissions=0o600)
        container.add_layer(CONTAINER, self._layer(connection), combine=True)
        container.replan()
        if self.unit.is_leader():
            served = json.dumps({"place": self._place(connection),
                                 "shards": self.config["num-history-shards"]})
            if self._peer().get("served") != served:
                self._peer()["served"] = served
        self.unit.status = ops.ActiveStatus()

    def _config_text(self, connection, address):
        templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent),
            undefined=jinja2.StrictUndefined, trim_blocks=True,
            lstrip_blocks=True)
        return templates.get_template("config.jinja").render(
            config={key.replace("-", "_"): value
                    for key, value in self.config.items()},
            level=LEVELS[self.config["log-level"]],
            stores={"default": ("persistence", "public"),
                    "visibility": ("visibility", "visibility")},
            connection=connection, address=address, ports=PORTS,
            dynamic_path=DYNAMIC_PATH)

    def _layer(self, connection):
        services = "".join(" --service=" + name.strip()
                           for name in self.config["services"].split(","))
        return {
            "summary": "temporal server layer",
            "services": {CONTAINER: {
                "summary": "temporal server",
                "command": "temporal-server --root /etc/temporal --env charm "
                           "start" + services,
                "startup": "enabled",
                "override": "replace",
                "environment": {
                    "LOG_LEVEL": LEVELS[self.config["log-level"]],
                    "DB_NAME": connection["dbname"],
                    "DB_HOST": connection["host"],
                    "DB_PORT": connection["port"],
                    "DB_USER": connection["user"],
                },
            }},
        }


if __name__ == "__main__":
    ops.main(Temporal)
