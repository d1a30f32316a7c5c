-- SPDX-License-Identifier: Apache-2.0
-- The methods of ops.Container that few charms need, about its Pebble as a
-- whole: version, health, logs, waiting for notices, running a check now,
-- identities, several files in one request. Failures raise pebble-* errors.
local lazy = require "std.lazy"
local checks = lazy "pebble.checks"
local files = lazy "pebble.files"
local identities = lazy "pebble.identities"
local logs = lazy "pebble.logs"
local must = require "ops.must"
local notices = lazy "pebble.notices"
local system = require "pebble.system"
local transfer = lazy "pebble.transfer"
local warnings = lazy "pebble.warnings"

---@class ops.ContainerDaemon
---@field pebble pebble.Client
local ContainerDaemon = {}

---@return pebble.SystemInfo
function ContainerDaemon:get_system_info()
  return must(system.info(self.pebble))
end

---Is no check down?
---@param options? {level?: "alive"|"ready", names?: string[]}
---@return boolean
function ContainerDaemon:is_healthy(options)
  return must(system.healthy(self.pebble, options))
end

---The last lines that services wrote.
---@param options? pebble.LogOptions
---@return pebble.LogEntry[] oldest first
function ContainerDaemon:get_logs(options)
  return must(logs.get(self.pebble, options))
end

---Gives each line to `take`, as it is written, until that returns true or the
---time is over.
---@param options pebble.LogOptions|{timeout?: number}
---@param take fun(entry: pebble.LogEntry): boolean?
---@return boolean stopped false: the time was over
function ContainerDaemon:follow_logs(options, take)
  return must(logs.follow(self.pebble, options, take))
end

---Waits until there is a notice that fits.
---@param options? pebble.NoticesOptions
---@param timeout? number seconds
---@return pebble.Notice[] notices none when the time is over
function ContainerDaemon:wait_notices(options, timeout)
  return must(notices.wait(self.pebble, options, timeout))
end

---Runs a check now and waits for it.
---@param name string
---@param options? {timeout?: number}
---@return pebble.CheckInfo info
---@return string? failure what it found wrong
function ContainerDaemon:refresh_check(name, options)
  local info, failure = checks.refresh(self.pebble, name, options)
  return must(info, failure), failure
end

---@return table<string, pebble.Identity> by name
function ContainerDaemon:get_identities()
  return must(identities.list(self.pebble))
end

---@param wanted table<string, pebble.Identity> none of them may be there
function ContainerDaemon:add_identities(wanted)
  must(identities.add(self.pebble, wanted))
end

---@param wanted table<string, pebble.Identity> all of them must be there
function ContainerDaemon:update_identities(wanted)
  must(identities.update(self.pebble, wanted))
end

---@param wanted table<string, pebble.Identity|userdata> null removes one
function ContainerDaemon:replace_identities(wanted)
  must(identities.replace(self.pebble, wanted))
end

---@param ... string names
function ContainerDaemon:remove_identities(...)
  must(identities.remove(self.pebble, { ... }))
end

---Writes several files in one request.
---@param list pebble.PushFile[]
function ContainerDaemon:push_files(list)
  must(transfer.push_files(self.pebble, list))
end

---Reads several files in one request.
---@param paths string[]
---@return table<string, string> contents by path
function ContainerDaemon:pull_files(paths)
  local parts, contents = {}, {}
  must(transfer.pull_files(self.pebble, paths, function(path)
    local list = {}
    parts[path] = list
    return function(data)
      list[#list + 1] = data
      return true
    end
  end))
  for path, list in pairs(parts) do
    contents[path] = table.concat(list)
  end
  return contents
end

---@param dirs (string|pebble.DirOptions)[]
function ContainerDaemon:make_dirs(dirs)
  must(files.make_dirs(self.pebble, dirs))
end

---@param paths (string|{path: string, recursive?: boolean})[]
function ContainerDaemon:remove_paths(paths)
  must(files.remove_paths(self.pebble, paths))
end

---@return pebble.Warning[]
function ContainerDaemon:get_warnings()
  return must(warnings.list(self.pebble))
end

---Waves off the warnings up to a moment; Pebble before 1.16 has that.
---@param moment string as of a warning's last_added
---@return integer count
function ContainerDaemon:ack_warnings(moment)
  return must(warnings.ack(self.pebble, moment))
end

return ContainerDaemon
