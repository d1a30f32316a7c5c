-- SPDX-License-Identifier: Apache-2.0
-- Flags as Juju's commands and hook tools read them: --name=value, --name
-- value, -n value, -nvalue; anywhere among the arguments, up to a `--`.
-- Messages are those of Juju's flag library. Pure.
local M = {}

---@class lab.Flag
---@field [integer] string its names, the first one the key of the result
---@field bool boolean? takes no value (but --name=false is understood)
---@field integer boolean?
---@field list boolean? may be given several times; the result is a list
---@field default any

local BOOLEANS <const> = {
  ["1"] = true, t = true, T = true, ["true"] = true, TRUE = true,
  True = true, ["0"] = false, f = false, F = false, ["false"] = false,
  FALSE = false, False = false,
}

local function shown(name)
  return (#name == 1 and "-" or "--") .. name
end

local function bad_value(value, name, why)
  return nil, ('invalid value "%s" for option %s: %s')
    :format(value, shown(name), why)
end

local function store(options, flag, name, value)
  local key <const> = flag[1]
  if flag.bool then
    local bool <const> = BOOLEANS[value]
    if bool == nil then
      return bad_value(value, name, "not a boolean")
    end
    options[key] = bool
  elseif flag.integer then
    local integer <const> = math.tointeger(tonumber(value))
    if not integer then
      return bad_value(value, name, "not a number")
    end
    options[key] = integer
  elseif flag.list then
    options[key] = options[key] or {}
    table.insert(options[key], value)
  else
    options[key] = value
  end
  return true
end

-- Splits an argument that starts with a dash: name, value in it or nil, and
-- what follows a short flag without a value ("-ab").
local function split(word)
  local name, value = word:match("^%-%-([^=]+)=?(.*)$")
  if name then
    return name, word:find("=", 1, true) and value or nil
  end
  local rest <const> = word:sub(3)
  if rest:sub(1, 1) == "=" then
    return word:sub(2, 2), rest:sub(2)
  end
  return word:sub(2, 2), rest ~= "" and rest or nil
end

local function by_name(spec)
  local flags <const> = {}
  for _, flag in ipairs(spec) do
    for _, name in ipairs(flag) do
      flags[name] = flag
    end
  end
  return flags
end

local function defaults(spec)
  local options <const> = {}
  for _, flag in ipairs(spec) do
    options[flag[1]] = flag.default
  end
  return options
end

-- One flag at args[i]; returns the index of its last argument.
local function take(flags, options, args, i)
  local word <const> = args[i]
  local name, value = split(word)
  local flag <const> = flags[name]
  if not flag or (word:sub(1, 2) == "--") ~= (#name > 1) then
    return nil, "option provided but not defined: " .. shown(name)
  end
  if flag.bool and #name == 1 and value then
    args[i] = "-" .. value
    value, i = nil, i - 1
  end
  if value == nil and flag.bool then
    value = "true"
  elseif value == nil then
    i = i + 1
    value = args[i]
    if value == nil then
      return nil, "option needs an argument: " .. shown(name)
    end
  end
  local ok, message = store(options, flag, name, value)
  return ok and i, message
end

---@param spec lab.Flag[]
---@param arguments string[]
---@return table<string, any>? options
---@return string[]|string positional or the message
function M.parse(spec, arguments)
  local flags <const>, options <const> = by_name(spec), defaults(spec)
  local args <const> = table.move(arguments, 1, #arguments, 1, {})
  local positional <const> = {}
  local i = 1
  while i <= #args do
    local word <const> = args[i]
    if word == "--" then
      table.move(args, i + 1, #args, #positional + 1, positional)
      break
    elseif #word > 1 and word:sub(1, 1) == "-" then
      local last, message = take(flags, options, args, i)
      if not last then
        return nil, message
      end
      i = last
    else
      positional[#positional + 1] = word
    end
    i = i + 1
  end
  return options, positional
end

return M
