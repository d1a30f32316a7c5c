-- SPDX-License-Identifier: Apache-2.0
-- storage-list, storage-get, storage-add, resource-get.
local json = require "std.json"
local names = require "lab.names"

local M = {}

M["storage-list"] = {
  format = "smart",
  args = 1,
  run = function(context, _, args)
    local ids <const> = {}
    for id, storage in names.each(context.unit.storage) do
      if not args[1] or args[1] == storage.name then
        ids[#ids + 1] = id
      end
    end
    return json.array(ids)
  end,
}

-- Where a charm finds its storage.
local function location(id)
  return "/var/lib/juju/storage/" .. id
end

M["storage-get"] = {
  flags = { { "s" } },
  format = "smart",
  args = 1,
  run = function(context, options, args)
    local id <const> = options.s or context.hook.storage
    if not id then
      return nil, "no storage instance specified", 2
    end
    local storage <const> = context.unit.storage[id]
    if not storage then
      return nil, ('invalid value "%s" for option -s: storage not found')
        :format(id), 2
    end
    local found <const> = {
      kind = context.application.charm.storage[storage.name].type
        or "filesystem",
      location = location(id),
    }
    if not args[1] then
      return found
    elseif not found[args[1]] then
      return nil, ('invalid storage attribute "%s"'):format(args[1]), 1
    end
    return found[args[1]]
  end,
}

M["storage-add"] = {
  run = function(context, _, args)
    if #args == 0 then
      return nil, "storage add requires a storage directive", 2
    end
    for _, arg in ipairs(args) do
      local name <const>, count <const> = arg:match("^([^=]+)=?(.*)$")
      local number <const> = count == "" and 1 or tonumber(count)
      if not name or not math.tointeger(number) then
        return nil, ('only count can be specified for "%s"')
          :format(name or arg), 2
      end
      for _ = 1, number do
        table.insert(context.storage, name)
      end
    end
  end,
}

M["resource-get"] = {
  run = function(context, _, args)
    local name <const> = args[1]
    if not name then
      return nil, "missing required resource name", 2
    end
    local resource <const> = context.application.charm.resources[name]
    local path <const> = resource and context.resource_path(name)
    if not path then
      return nil, ('could not download resource: resource "%s" not found')
        :format(name), 1
    end
    return path
  end,
}

return M
