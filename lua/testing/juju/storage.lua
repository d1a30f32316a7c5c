-- SPDX-License-Identifier: Apache-2.0
-- storage-list, -get and -add in specs. What is asked for comes with events of
-- its own, so it is only noted.
local json = require "std.json"
local words = require "testing.juju.words"

local M = {}

local function id_of(storage)
  return ("%s/%d"):format(storage.name, storage.index)
end

M["storage-list"] = {
  run = function(juju, args)
    local ids = json.array {}
    for _, storage in ipairs(juju.storages) do
      if not args[1] or storage.name == args[1] then
        ids[#ids + 1] = id_of(storage)
      end
    end
    table.sort(ids)
    return words.json(ids)
  end,
}

M["storage-get"] = {
  flags = { storage = "value" },
  run = function(juju, args)
    local wanted = args.flags.storage or juju.environ.JUJU_STORAGE_ID
    if not wanted then
      return nil, "no storage instance specified", 2
    end
    for _, storage in ipairs(juju.storages) do
      if id_of(storage) == wanted then
        local found = { kind = storage.kind, location = storage.location }
        if args[1] and not found[args[1]] then
          return nil, ('invalid storage attribute "%s"'):format(args[1])
        end
        return words.json(args[1] and found[args[1]] or found)
      end
    end
    return nil, ('invalid value "%s" for option -s: storage not found')
      :format(wanted), 2
  end,
}

M["storage-add"] = {
  run = function(juju, args)
    if not args[1] then
      return nil, "storage add requires a storage directive", 2
    end
    for _, word in ipairs(args) do
      local name, count = word:match "^([^=]+)=?(%d*)$"
      if not name then
        return nil, ('only count can be specified for "%s"')
          :format(word:match "^[^=]*"), 2
      elseif not juju.meta.storages[name] then
        return nil, ('storage "%s" not found'):format(name)
      end
      local requested = juju.buffered.requested_storages
      requested[name] = (requested[name] or 0)
        + (math.tointeger(tonumber(count)) or 1)
    end
    return ""
  end,
}

return M
