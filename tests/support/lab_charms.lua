-- SPDX-License-Identifier: Apache-2.0
-- The part of a lab (tests/support/lab.lua) that makes charms of texts, lets
-- them fail, and edits them on their units.
local fs = require "host.fs"
local proc = require "host.proc"
local zip = require "std.zip"

---@class tests.Lab
local M = {}

local PLAIN <const>, EXECUTABLE <const> =
  tonumber("644", 8), tonumber("755", 8)

---Packs a folder by the host.
---@param folder string
---@param host string? another host than build/charmhost
---@return string path of the .charm
function M:pack(folder, host)
  local file <const> = folder:gsub("/+$", "") .. ".charm"
  local result <const> = assert(proc.run {
    argv = { host or self.host, "pack", folder, "-o", file }, timeout = 60,
  })
  assert(result.code == 0, result.stderr)
  return file
end

---Writes a charm's folder; metadata.yaml gets what `files` leaves out of it:
---the name, and the words that every charm must have about itself.
---@param name string
---@param files table<string, string>
---@return string folder
function M:write_charm(name, files)
  local folder <const> = self.folder .. "/charms/" .. name
  assert(fs.remove_all(folder))
  assert(fs.mkdirs(folder))
  local all <const> = { ["metadata.yaml"] = ("name: %s\n"):format(name) }
  for path, text in pairs(files) do
    all[path] = text
  end
  if not all["metadata.yaml"]:find("summary:", 1, true) then
    all["metadata.yaml"] = all["metadata.yaml"]:gsub("\n*$", "\n")
      .. "summary: Of a spec\ndescription: Of a spec\n"
  end
  for path, text in pairs(all) do
    assert(fs.mkdirs((folder .. "/" .. path):match("^(.*)/")))
    assert(fs.write(folder .. "/" .. path, text))
  end
  return folder
end

---An inline charm, packed by the host.
---@param name string
---@param files table<string, string> paths and texts
---@return string path of the .charm
function M:make_charm(name, files)
  return self:pack(self:write_charm(name, files))
end

---A .charm that `pack` would refuse: these very files and the host.
---@param name string
---@param files table<string, string>
---@return string path
function M:zip_charm(name, files)
  local entries <const> = {
    { name = "dispatch", data = assert(fs.read(self.host)), mode = EXECUTABLE },
  }
  for path, text in pairs(files) do
    entries[#entries + 1] =
      { name = path, data = text, mode = PLAIN }
  end
  local path <const> = ("%s/charms/%s.charm"):format(self.folder, name)
  assert(fs.mkdirs(self.folder .. "/charms"))
  assert(fs.write(path, zip.write(entries)))
  return path
end

---Waits until a hook of the unit has failed by an error that nobody caught,
---and sees that the log says so, and says these texts.
---@param unit string
---@param hook string
---@param ... string
function M:wait_failed(unit, hook, ...)
  self:wait(("%s fails %s"):format(unit, hook), function(status)
    local it <const> = self:unit(unit, status)
    return it.current == "error"
      and it.message == ('hook failed: "%s"'):format(hook)
  end)
  for _, text in ipairs { "Uncaught error while in charm code:",
    ('ERROR juju.worker.uniter.operation hook "%s" (via hook dispatching '
      .. "script: dispatch) failed: exit status 1"):format(hook),
    ('awaiting error resolution for "%s" hook; next try in '):format(hook),
    ... } do
    self:wait_log(text, 1)
  end
end

---Writes a file of the charm on its unit.
---@param unit string
---@param file string
---@param text string
function M:edit(unit, file, text)
  local folder <const> = self:show_unit(unit)["charm-folder"]
  assert(fs.write(folder .. "/" .. file, text))
end

return M
