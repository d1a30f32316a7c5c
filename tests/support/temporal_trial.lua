-- SPDX-License-Identifier: Apache-2.0
-- temporal-k8s on trial (tests/support/kill.lua): the packed charm, a real
-- PostgreSQL with two roles, related applications without agents, and a
-- program in the server's place that only notes what it was started with.
local client = require "pebble.client"
local fs = require "host.fs"
local images = require "lab.images"
local kill = require "tests.support.kill"
local lab_model = require "tests.support.lab_model"
local paths = require "lab.paths"
local plan = require "pebble.plan"
local postgres = require "tests.support.postgres"
local relations = require "lab.model.relations"
local services = require "pebble.services"

local M = {}

local IMAGE <const> = "temporalio/server:1.17.4"
local EXECUTABLE <const> = tonumber("755", 8)
local SERVER <const> = [[
#!/bin/sh
printf '%s\n' "$CONFIG_SHA256" >>/etc/temporal/started
exec sleep infinity
]]
local SQL <const> = {
  "create role anna login superuser password 'pw-anna'",
  "create role bert login superuser password 'pw-bert'",
  "create schema visibility",
  "create table schema_version (version_partition int, db_name text, "
    .. "curr_version text)",
  "create table visibility.schema_version (version_partition int, "
    .. "db_name text, curr_version text)",
  "create table namespaces (id int)",
  "create table visibility.executions_visibility (id int)",
  "insert into schema_version values (0, 'temporal-k8s', '1.8')",
  "insert into visibility.schema_version values (0, 'temporal-k8s', '1.1')",
}

---A PostgreSQL as temporal-admin-k8s leaves it.
---@return tests.Postgres
function M.database()
  local server <const> = postgres.start()
  local admin <const> = server:connect()
  assert(admin:query 'create database "temporal-k8s"')
  admin:close()
  local connection <const> = server:connect { dbname = "temporal-k8s" }
  for _, sql in ipairs(SQL) do
    assert(connection:query(sql))
  end
  connection:close()
  return server
end

---The packed charm, whatever machine it was packed for.
---@return string path
function M.archive()
  local dist <const> = paths.program_folder():gsub("/[^/]*$", "") .. "/dist"
  for _, name in ipairs(assert(fs.list(dist))) do
    if name:find("^temporal%-k8s_.*%.charm$") then
      return dist .. "/" .. name
    end
  end
  error("dist/ has no temporal-k8s: make charms")
end

---Puts the stand-in in the server's place until the returned function is run.
---@param folder string for its file
---@return fun() restore
function M.stand_in(folder)
  local kept <const> = images.table[IMAGE]
  local program <const> = folder .. "/temporal-server"
  assert(fs.write(program, SERVER, { mode = EXECUTABLE }))
  images.table[IMAGE] = function()
    return {
      files = { ["/usr/local/bin/temporal-server"] = program },
      dirs = { "/etc/temporal/config" },
      cwd = "/etc/temporal",
    }
  end
  return function()
    images.table[IMAGE] = kept
  end
end

---The database's side of the relation says this user from now on.
---@param trial tests.Trial
---@param server tests.Postgres
---@param user string "anna" or "bert"
function M.connect_as(trial, server, user)
  relations.write(trial.model.relations[trial.db], "postgresql-k8s", {
    database = "temporal-k8s",
    ["allowed-subnets"] = trial.unit.address .. "/32",
    version = "15",
    master = ("dbname=temporal-k8s host=%s password=pw-%s port=%d user=%s")
      :format(server.host, user, server.port, user),
  })
end

---@param trial tests.Trial
---@param level string
function M.log_level(trial, level)
  local application <const> = trial.model.applications["temporal-k8s"]
  application.config["log-level"] = level
  application.config_version = application.config_version + 1
end

local function around(model)
  kill.deploy(model, "postgresql-k8s", lab_model.charm {
    endpoints = { db = { interface = "pgsql", role = "provider" } } })
  kill.deploy(model, "temporal-admin-k8s", lab_model.charm {
    endpoints = { admin = { interface = "temporal", role = "provider" } } })
  for _, name in ipairs { "postgresql-k8s", "temporal-admin-k8s" } do
    local relation <const> =
      assert(relations.relate(model, "temporal-k8s", name))
    relations.enter(model, relation, model.units[name .. "/0"])
  end
  -- Without a frontend the charm waits for no answer of the stand-in.
  model.applications["temporal-k8s"].config.services =
    "history,matching,worker"
end

---A unit whose server runs, as the user anna.
---@param loop lab.Loop
---@param machine lab.Machine
---@param server tests.Postgres
---@param made fun(trial: tests.Trial)? called before its first hook
---@return tests.Trial
function M.start(loop, machine, server, made)
  local trial <const> = kill.start {
    loop = loop, machine = machine, app = "temporal-k8s",
    charm = M.archive(), around = around,
    resources = { ["temporal-server-image"] = IMAGE },
  }
  for id, relation in pairs(trial.model.relations) do
    local key <const> = relations.key(relation.endpoints)
    if key:find("postgresql", 1, true) then
      trial.db = id
    elseif key:find("admin", 1, true) then
      relations.write(relation, "temporal-admin-k8s",
        { schema_status = "ready" })
    end
  end
  if made then
    made(trial)
  end
  trial:kill_at(0)
  M.connect_as(trial, server, "anna")
  M.log_level(trial, "info")
  trial:wait_containers()
  trial:settle()
  return trial
end

local function root_of(trial)
  return trial.agent.paths.rootfs .. "/temporal/root/etc/temporal"
end

local function last_start(root)
  local text <const> = fs.read(root .. "/started") or ""
  return text:match("([^\n]*)\n$")
end

---Plan, files and service of the container.
---@param trial tests.Trial
---@return table
function M.workload(trial)
  local root <const> = root_of(trial)
  local pebble <const> = client.new {
    socket = trial.pebble_socket
      or trial.agent.paths.containers .. "/temporal/pebble.socket",
  }
  local layout <const> = assert(plan.get(pebble))
  local list <const> = assert(services.list(pebble))
  pebble:close()
  return {
    services = layout.services,
    current = list[1] and list[1].current,
    running = last_start(root),
    config = fs.read(root .. "/config/charm.yaml"),
    names = table.concat(fs.list(root .. "/config") or {}, " "),
  }
end

return M
