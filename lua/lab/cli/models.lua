-- SPDX-License-Identifier: Apache-2.0
-- add-model, models, switch, model-config.
local client = require "lab.cli.client"
local names = require "lab.names"
local texts = require "lab.cli.texts"

local M = {}

M["add-model"] = {
  args = "NAME",
  about = "add a model and make it the current one",
  least = 1,
  most = 2,
  run = function(_, args)
    local result, message = client.call { verb = "add-model", name = args[1] }
    if not result then
      return nil, message
    end
    io.stdout:write(('Added "%s" model\n'):format(result.name))
    return 0
  end,
}

M.models = {
  args = "",
  about = "list the models",
  run = function()
    local result, message = client.call { verb = "models" }
    if not result then
      return nil, message
    end
    local rows <const> = { { "Model", "Units", "UUID" } }
    for _, model in ipairs(result.models) do
      rows[#rows + 1] = {
        model.name .. (model.current and "*" or ""), tostring(model.units),
        model.uuid,
      }
    end
    io.stdout:write("Controller: ", result.controller, "\n\n",
      texts.table(rows))
    return 0
  end,
}

M.switch = {
  args = "MODEL",
  about = "make another model the current one",
  least = 1,
  run = function(_, args)
    local result, message = client.call { verb = "switch", name = args[1] }
    return result and 0, message
  end,
}

-- key=value sets, a lone key asks.
local function split(args)
  local set <const> = {}
  local key
  for _, word in ipairs(args) do
    local name <const>, value <const> = word:match("^([^=]+)=(.*)$")
    if name then
      set[name] = value
    else
      key = word
    end
  end
  return set, key
end

local function model_config(options, args)
  local set <const>, key <const> = split(args)
  local reset <const> = {}
  for name in (options.reset or ""):gmatch("[^,]+") do
    reset[#reset + 1] = name
  end
  local found, message = client.call {
    verb = "model-config", model = options.model, set = set, reset = reset,
  }
  if not found then
    return nil, message
  elseif key and not found[key] then
    return nil, ('key "%s" not found in the model\'s settings'):format(key)
  elseif key then
    io.stdout:write(found[key].value, "\n")
  elseif not next(set) and #reset == 0 then
    local rows <const> = { { "Attribute", "From", "Value" } }
    for name, setting in names.each(found) do
      rows[#rows + 1] = { name, setting.from, setting.value }
    end
    io.stdout:write(texts.table(rows))
  end
  return 0
end

M["model-config"] = {
  args = "[KEY | KEY=VALUE... | --reset KEY]",
  about = "show or change the model's settings",
  flags = { { "reset" }, { "format", default = "tabular" } },
  most = 100,
  run = model_config,
}

return M
