-- SPDX-License-Identifier: Apache-2.0
-- deploy, refresh, remove-application, config, trust, relate,
-- remove-relation.
local client = require "lab.cli.client"
local fs = require "host.fs"
local sys = require "host.sys"
local texts = require "lab.cli.texts"

local M = {}

-- A path is made absolute here: the controller works elsewhere.
local function charm_argument(text)
  if not text:find("/", 1, true) and not text:find("%.charm$") then
    return text
  end
  local path <const> = fs.realpath(text)
  return path or (text:sub(1, 1) == "/" and text or sys.getcwd() .. "/" .. text)
end

local function deploy(options, args)
  local resources, message = texts.pairs(options.resource or {})
  local config, why = texts.pairs(options.config or {})
  if not resources or not config then
    return nil, message or why, 2
  end
  local units <const> = options["num-units"] or 1
  if units < 1 then
    return nil, "--num-units must be a positive integer", 2
  end
  local result, failure = client.call {
    verb = "deploy", model = options.model, charm = charm_argument(args[1]),
    name = args[2], channel = options.channel, trust = options.trust,
    resources = resources, config = config, units = units,
  }
  if not result then
    return nil, failure
  end
  local source <const> = result.from == "local" and "local charm"
    or "charm-hub charm"
  io.stderr:write(('Deploying "%s" from %s "%s"%s\n'):format(
    result.application, source, result.charm,
    result.channel ~= "" and ", channel " .. result.channel or ""))
  return 0
end

M.deploy = {
  args = "CHARM [NAME] [--resource NAME=IMAGE] [--config KEY=VALUE]",
  about = "deploy a .charm file, or a charm of the lab's store",
  flags = {
    { "resource", list = true }, { "config", list = true }, { "channel" },
    { "trust", bool = true }, { "num-units", "n", integer = true },
    { "revision" }, { "base" }, { "series" }, { "constraints" },
    { "force", bool = true },
  },
  least = 1,
  most = 2,
  run = deploy,
}

local function refresh(options, args)
  local resources, wrong = texts.pairs(options.resource or {})
  if not resources then
    return nil, wrong, 2
  end
  local result, message = client.call {
    verb = "refresh", model = options.model, application = args[1],
    charm = options.path and charm_argument(options.path),
    resources = resources,
  }
  if not result then
    return nil, message
  end
  io.stderr:write(('Added %s charm "%s" to the model.\n'):format(
    result.from == "local" and "local" or "charm-hub", result.charm))
  return 0
end

M.refresh = {
  args = "APPLICATION [--path CHARM] [--resource NAME=IMAGE]",
  about = "put another version of its charm in an application's place",
  flags = {
    { "path" }, { "resource", list = true }, { "channel" },
    { "force-units", bool = true }, { "force", bool = true },
  },
  least = 1,
  run = refresh,
}

local function remove(options, args)
  for _, name in ipairs(args) do
    local result, message = client.call {
      verb = "remove-application", model = options.model, application = name,
      force = options.force, no_wait = options["no-wait"],
      destroy_storage = options["destroy-storage"],
    }
    if not result then
      return nil, message
    end
    io.stdout:write("will remove application ", name, "\n")
    for _, unit in ipairs(result.units) do
      io.stdout:write("- will remove unit ", unit, "\n")
    end
  end
  return 0
end

M["remove-application"] = {
  args = "NAME... [--force] [--no-wait] [--destroy-storage]",
  about = "remove applications with their units",
  flags = {
    { "force", bool = true }, { "no-wait", bool = true },
    { "destroy-storage", bool = true }, { "no-prompt", bool = true },
  },
  least = 1,
  most = 100,
  run = remove,
}

-- Like Juju: one key prints its value, none prints all as YAML.
local function show_config(found, key, format)
  if not key then
    local ok, message = texts.write(format, found)
    return ok, message, 2
  end
  local setting <const> = found.settings[key]
  if not setting then
    return nil, ('key "%s" not found in "%s" application config or charm '
      .. "settings"):format(key, found.application)
  end
  if setting.value ~= nil then
    local value <const> = setting.value
    io.stdout:write(tostring(math.type(value) and math.tointeger(value)
      or value), "\n")
  end
  return true
end

local function config(options, args)
  local set <const>, reset <const> = {}, {}
  local key
  for i = 2, #args do
    local name <const>, value <const> = args[i]:match("^([^=]+)=(.*)$")
    if name then
      set[name] = value
    else
      key = args[i]
    end
  end
  for name in (options.reset or ""):gmatch("[^,]+") do
    reset[#reset + 1] = name
  end
  local changing <const> = next(set) ~= nil or #reset > 0
  if key and changing then
    return nil, "cannot set and retrieve values at the same time", 2
  end
  local found, message = client.call {
    verb = "config", model = options.model, application = args[1],
    set = changing and set or nil, reset = changing and reset or nil,
  }
  if not found then
    return nil, message
  elseif changing then
    return 0
  end
  local ok, why, status = show_config(found, key, options.format)
  return ok and 0, why, status
end

M.config = {
  args = "APPLICATION [KEY | KEY=VALUE... | --reset KEY,...]",
  about = "show or change an application's options",
  flags = { { "reset" }, { "format", default = "yaml" } },
  least = 1,
  most = 100,
  run = config,
}

M.trust = {
  args = "APPLICATION [--remove]",
  about = "trust an application with the cloud",
  flags = { { "remove", bool = true }, { "scope" } },
  least = 1,
  run = function(options, args)
    local result, message = client.call {
      verb = "trust", model = options.model, application = args[1],
      remove = options.remove,
    }
    return result and 0, message
  end,
}

local function relation_verb(verb, about)
  return {
    args = "APP[:ENDPOINT] APP[:ENDPOINT]",
    about = about,
    flags = { { "force", bool = true } },
    least = 2,
    run = function(options, args)
      local result, message = client.call {
        verb = verb, model = options.model, first = args[1],
        second = args[2],
      }
      return result and 0, message
    end,
  }
end

M.relate = relation_verb("relate", "relate two applications")
M.integrate = M.relate
M["remove-relation"] =
  relation_verb("remove-relation", "end the relation of two applications")

return M
