-- SPDX-License-Identifier: Apache-2.0
-- A lab for one spec: its own data folder, charms made of texts, charmlab's
-- command line as a person uses it.
local fs = require "host.fs"
local json = require "std.json"
local preflight = require "lab.preflight"
local proc = require "host.proc"
local sys = require "host.sys"
local zip = require "std.zip"

local M = {}
M.__index = M

local PLAIN <const>, EXECUTABLE <const> =
  tonumber("644", 8), tonumber("755", 8)

---@param parent string? of its folder, "/tmp" by default
---@return table lab with `folder` and `data`; nothing runs yet
function M.new(parent)
  local folder <const> =
    assert(fs.mkdtemp((parent or "/tmp") .. "/lab-spec-"))
  local env <const> = sys.environ()
  env.CHARMLAB_DATA = folder .. "/data"
  return setmetatable({
    folder = folder, data = folder .. "/data", env = env,
  }, M)
end

---Why no lab can run on this machine, or nil.
---@return string?
function M.unable()
  local _, message = preflight.check()
  return message
end

---Packs a charm whose files are these texts; `dispatch` is executable.
---@param name string
---@param files table<string, string>
---@return string path
function M:charm(name, files)
  local entries <const> = {}
  for path, text in pairs(files) do
    local program <const> = path == "dispatch" or path:find("^hooks/")
    entries[#entries + 1] = {
      name = path, data = text, mode = program and EXECUTABLE or PLAIN,
    }
  end
  local path <const> = ("%s/%s.charm"):format(self.folder, name)
  assert(fs.write(path, zip.write(entries)))
  return path
end

---Runs charmlab.
---@param ... string its words
---@return { code: integer, stdout: string, stderr: string }
function M:run(...)
  return assert(proc.run {
    argv = { sys.executable(), ... }, env = self.env, cwd = self.folder,
    timeout = 60, max_output = 4 << 20,
  })
end

---The same, and it must go well.
---@return string stdout
function M:must(...)
  local result <const> = self:run(...)
  if result.code ~= 0 then
    error(("charmlab %s: %s"):format(table.concat({ ... }, " "),
      result.stderr), 2)
  end
  return result.stdout
end

---@return table status in Juju's JSON form
function M:status()
  return assert(json.decode(self:must("status", "--format", "json")))
end

---Waits until fn returns something true; the log is in the error.
---@param what string
---@param fn fun(): any
---@param timeout number?
---@return any
function M:wait(what, fn, timeout)
  local deadline <const> = sys.monotonic() + (timeout or 20)
  repeat
    local value <const> = fn()
    if value then
      return value
    end
    sys.sleep(0.05)
  until sys.monotonic() > deadline
  error(("waited in vain until %s; the log:\n%s"):format(what, self:log()), 2)
end

---Waits until no unit has anything to run.
function M:wait_idle()
  self:wait("all units are idle", function()
    for _, app in pairs(self:status().applications) do
      for _, unit in pairs(app.units) do
        if unit["juju-status"].current ~= "idle" then
          return false
        end
      end
    end
    sys.sleep(0.1)
    for _, app in pairs(self:status().applications) do
      for _, unit in pairs(app.units) do
        if unit["juju-status"].current ~= "idle" then
          return false
        end
      end
    end
    return true
  end)
end

---@return string the whole log
function M:log()
  return self:run("debug-log", "--replay", "--no-tail").stdout
end

---The hooks that a unit has run, in order.
---@param unit string
---@return string[]
function M:hooks(unit)
  local found <const> = {}
  local tag <const> = "unit-" .. unit:gsub("/", "-") .. ":"
  for line in self:log():gmatch("[^\n]+") do
    local name <const> = line:match('ran "([^"]+)" hook')
    if name and line:sub(1, #tag) == tag then
      found[#found + 1] = name
    end
  end
  return found
end

---Ends the controller if there is one, and removes the folder.
function M:close()
  self:run("kill-controller", "spec")
  assert(fs.remove_all(self.folder))
end

return M
