-- SPDX-License-Identifier: Apache-2.0
-- Units whose dispatch is killed at a chosen system call: the lab's own agent,
-- hook tools and container, driven hook by hook in the spec's process, with
-- build/tests/killer (tests/kill/killer.c) in the place of `dispatch`.
local agents = require "lab.agent"
local charms = require "lab.charm"
local file_store = require "ops.file_store"
local fs = require "host.fs"
local json = require "std.json"
local models = require "lab.model"
local order = require "lab.order"
local paths = require "lab.paths"
local relations = require "lab.model.relations"
local sys = require "host.sys"
local unitfiles = require "lab.unitfiles"

local M = {}

local EXECUTABLE <const> = tonumber("755", 8)
local HOOKS_MAX <const> = 100

---@class tests.Trial one unit in a model of its own
---@field folder string
---@field model table
---@field unit lab.Unit
---@field agent table
---@field log string[]
local Trial = {}
Trial.__index = Trial

---@param value any
---@return any copy
function M.copy(value)
  if type(value) ~= "table" then
    return value
  end
  local new <const> = setmetatable({}, getmetatable(value))
  for key, item in pairs(value) do
    new[key] = M.copy(item)
  end
  return new
end

-- What an agent needs of a lab.World; nothing is kept on disk.
local function world_of(trial, options)
  return {
    loop = options.loop,
    machine = options.machine,
    data = trial.folder,
    program = sys.executable(),
    pebble = sys.executable(),
    model = trial.model,
    changed = options.loop:event(),
    wake = function() end,
    save = function() end,
    write_log = function(_, _, level, module, message)
      trial.log[#trial.log + 1] = ("%s %s %s"):format(level, module, message)
    end,
  }
end

local function put_killer(trial)
  local charm <const> = trial.agent.paths.charm
  assert(fs.rename(charm .. "/dispatch", charm .. "/dispatch.real"))
  assert(fs.copy(paths.program_folder() .. "/tests/killer",
    charm .. "/dispatch", { mode = EXECUTABLE }))
end

---A new unit, app/0, that has run no hook yet.
---@param options { loop: lab.Loop, machine: lab.Machine, app: string,
---  charm: string the packed one, index: integer?, resources: table?,
---  around: fun(model: table)? adds the applications around it }
---@return tests.Trial
function M.start(options)
  local trial <const> = setmetatable({
    folder = assert(fs.mkdtemp("/tmp/kill-spec-")), log = {},
    loop = options.loop,
  }, Trial)
  trial.model = models.new { name = "m", uuid = "u",
    index = options.index or 0, network = 199 }
  local archives <const> = paths.model(trial.folder, "m") .. "/charms"
  assert(fs.mkdirs(archives))
  assert(fs.copy(options.charm, ("%s/%s.charm"):format(archives, options.app)))
  local world <const> = world_of(trial, options)
  trial.model.applications[options.app] = { charm = { containers = {} } }
  local name <const> = options.app .. "/0"
  local at <const> = paths.unit(trial.folder, "m", name)
  unitfiles.prepare(world,
    { name = name, application = options.app, address = "", storage = {} }, at)
  trial.model.applications[options.app] = nil
  M.deploy(trial.model, options.app, assert(charms.read(at.charm)),
    options.resources)
  trial.unit = trial.model.units[name]
  if options.around then
    options.around(trial.model)
  end
  unitfiles.prepare(world, trial.unit, at)
  trial.agent = agents.new(world, trial.unit)
  trial.agent.last_update = math.huge
  trial.agent.stopping = true -- a killed hook is due again at once
  put_killer(trial)
  trial.agent.pod:start()
  return trial
end

---An application with one unit.
---@param model table
---@param name string
---@param charm lab.Charm
---@param resources table<string, string>?
function M.deploy(model, name, charm, resources)
  local application <const> = assert(models.add_application(model, {
    name = name, charm = charm, origin = { charm = name }, config = {},
    resources = resources or {},
  }))
  relations.add_peers(model, application)
  models.add_unit(model, name, 0)
end

---Which system call the next dispatches are killed at; 0: none.
---@param at integer
function Trial:kill_at(at)
  assert(fs.write(self.agent.paths.temp .. "/kill-at", at .. "\n"))
end

---How many system calls the last watched dispatch came to, and the last one.
---@return integer calls
---@return integer last its number
function Trial:said()
  local text <const> = assert(fs.read(self.agent.paths.temp .. "/kill-said"))
  local calls, last = text:match("^(%d+) (%d+)\n$")
  return math.tointeger(tonumber(calls)), math.tointeger(tonumber(last))
end

---Runs the next hook, if one is due.
---@return lab.Hook?
function Trial:step()
  local hook <const> = order.next(self.model, self.unit, self.agent:seen())
  if hook then
    self.agent:run_hook(hook)
  end
  return hook
end

---Runs hooks until none is due; a hook that fails is an error here.
---@return string[] names
function Trial:settle()
  local ran <const> = {}
  for _ = 1, HOOKS_MAX do
    local hook <const> = self:step()
    local failed <const> = self.unit.uniter.failed
    if failed then
      error(("%s failed:\n%s"):format(failed.hook.name,
        table.concat(self.log, "\n", math.max(1, #self.log - 12))))
    elseif not hook then
      return ran
    end
    ran[#ran + 1] = hook.name
  end
  error("the hooks do not come to an end")
end

---Waits until every container answers, so that pebble-ready is due.
function Trial:wait_containers()
  for _, container in pairs(self.agent.pod.containers) do
    for _ = 1, 300 do
      if container.boot then
        break
      end
      self.loop:sleep(0.05)
    end
    assert(container.boot, "the container does not come up")
  end
end

---What Juju holds and what its commit covers: databags and their versions,
---state of every lifetime, ports.
---@return table
function Trial:held()
  local found = { state = self.unit.state, ports = self.unit.ports,
    bags = {}, versions = {} }
  for id, relation in pairs(self.model.relations) do
    found.bags[id], found.versions[id] = relation.bags, relation.versions
  end
  found = M.copy(found)
  found.here = file_store.new(self.agent.paths.charm, {
    get = function(_, key) return found.state[key] end,
  }):values()
  found.state[file_store.MARK] = nil -- another one at each writing
  for key, text in pairs(found.state) do
    local notice <const> = key:find("^deferred/") and json.decode(text)
    if notice then
      notice.since = nil -- the time of that run
      found.state[key] = json.encode(notice)
    end
  end
  return found
end

---@return table image of model and charm folder, for `reset`
function Trial:image()
  local files <const> = {}
  for _, name in ipairs(assert(fs.list(self.agent.paths.charm))) do
    files[name] = name:find("^%.") and fs.read(self.agent.paths.charm .. "/"
      .. name) or true
  end
  return { model = M.copy(self.model), files = files }
end

---Puts model and the charm folder's dot files back.
---@param image table
function Trial:reset(image)
  local charm <const> = self.agent.paths.charm
  for key in pairs(self.model) do
    self.model[key] = nil
  end
  for key, value in pairs(M.copy(image.model)) do
    self.model[key] = value
  end
  self.unit = self.model.units[self.unit.name]
  self.agent.unit = self.unit
  for _, name in ipairs(assert(fs.list(charm))) do
    if image.files[name] == nil then
      assert(fs.remove_all(charm .. "/" .. name))
    end
  end
  for name, text in pairs(image.files) do
    if type(text) == "string" then
      assert(fs.write(charm .. "/" .. name, text))
    end
  end
end

function Trial:stop()
  self.agent.pod:stop()
  assert(fs.remove_all(self.folder))
end

---@class tests.KillCount
---@field points integer system calls at which a dispatch was killed
---@field held integer
---@field broken string[] what did not hold

---Kills one event's dispatch at each of its system calls, `stride` apart. The
---trials share the points; `run(trial, at)` runs one and returns whether the
---dispatch was killed, and what did not hold.
---@param trials tests.Trial[]
---@param run fun(trial: tests.Trial, at: integer): boolean, string?
---@param stride integer?
---@return tests.KillCount
function M.each_point(trials, run, stride)
  local count <const> = { points = 0, held = 0, broken = {} }
  local next_point, finished = 1, false
  local function work(trial)
    while not finished do
      local at <const> = next_point
      next_point = at + (stride or 1)
      local killed, fault = run(trial, at)
      finished = finished or not killed
      if killed then
        count.points = count.points + 1
        count.held = count.held + (fault and 0 or 1)
      end
      if fault then
        count.broken[#count.broken + 1] = ("at %d: %s"):format(at, fault)
      end
    end
  end
  local tasks <const> = {}
  for i, trial in ipairs(trials) do
    tasks[i] = trials[1].loop:spawn(work, trial)
  end
  for _, task in ipairs(tasks) do
    local ok, err = task:join()
    if not ok then
      error(err, 0)
    end
  end
  return count
end

---Equal as JSON, or the two texts.
---@param what string
---@param expected any
---@param found any
---@return string? fault
function M.differs(what, expected, found)
  local a <const>, b <const> =
    json.encode { expected }, json.encode { found }
  if a ~= b then
    return ("%s: expected %s, found %s"):format(what, a, b)
  end
end

return M
