-- SPDX-License-Identifier: Apache-2.0
-- secret-add, secret-set, secret-get, secret-info-get, secret-ids,
-- secret-remove. All but what secret-get tracks waits for the commit.
local data = require "lab.hooktools.secret_data"
local json = require "std.json"
local names = require "lab.names"
local null = require "std.null"
local reading = require "lab.context.secret_read"
local secrets = require "lab.model.secrets"
local times = require "std.time"

local M = {}

local SINCE <const> = "3"
local FORMATS <const> = { "yaml", "json" }
local UPSERT <const> = {
  { "expire" }, { "rotate" }, { "description" }, { "label" }, { "file" },
  { "owner", default = "application" },
}

local function given(text)
  return text ~= "" and text or nil
end

-- The fields of secret-add and secret-set.
local function fields_of(context, options, args, dir)
  local expire, message
  if given(options.expire) then
    expire, message = data.expire(options.expire, context.secrets:now())
  end
  if not message and given(options.rotate) then
    message = data.wrong_policy(options.rotate)
  end
  if message then
    return nil, message, 2
  elseif options.owner ~= "application" and options.owner ~= "unit" then
    return nil, ('secret owner "%s" not valid'):format(options.owner), 2
  end
  local content, why, code =
    data.content(context, { file = given(options.file) }, args, dir)
  if not content then
    return nil, why, code
  end
  return {
    expire = expire, rotate = given(options.rotate),
    description = given(options.description), label = given(options.label),
    content = next(content) and content or nil,
  }
end

M["secret-add"] = {
  since = SINCE,
  flags = UPSERT,
  run = function(context, options, args, request)
    if #args == 0 and not given(options.file) then
      return nil, "missing secret value or filename", 2
    end
    local fields, message, code =
      fields_of(context, options, args, request.dir)
    if not fields then
      return nil, message, code
    elseif not fields.content then
      return nil, "empty secret value not valid", 1
    end
    local id, why = context.secrets:add(options.owner, fields)
    if not id then
      return nil, why, 1
    end
    return ("secret:%s\n"):format(id)
  end,
}

-- The id that a tool begins with, and the arguments after it.
local function take_id(args, message)
  if not args[1] then
    return nil, "missing secret URI", 2
  end
  local id <const> = data.id(args[1])
  if not id then
    return nil, (message or 'secret URI "%s" not valid'):format(args[1]), 2
  end
  return id, table.move(args, 2, #args, 1, {})
end

M["secret-set"] = {
  since = SINCE,
  flags = UPSERT,
  run = function(context, options, args, request)
    local id, rest, code = take_id(args)
    if not id then
      return nil, rest, code
    end
    local fields, message, status =
      fields_of(context, options, rest, request.dir)
    if not fields then
      return nil, message, status
    end
    local ok, why = context.secrets:set(id, fields)
    if not ok then
      return nil, why, 1
    end
  end,
}

M["secret-remove"] = {
  since = SINCE,
  flags = { { "revision", integer = true } },
  args = 1,
  run = function(context, options, args)
    local id, message, code = take_id(args)
    if not id then
      return nil, message, code
    end
    local revision <const> = (options.revision or 0) > 0 and options.revision
      or nil
    local ok, why = context.secrets:remove(id, revision)
    if not ok then
      return nil, why, 1
    end
  end,
}

-- A value as text, as base64 for KEY#base64.
local function one_value(content, key)
  local bare <const> = key:match("^(.*)#base64$")
  local value <const> = content[bare or key]
  if not value then
    return nil, ('secret key value "%s" not found'):format(bare or key), 1
  elseif bare then
    return value
  end
  local text, message = reading.decode({ [key] = value })
  if not text then
    return nil, message, 1
  end
  return text[key]
end

-- Which secret: an id or a label.
local function wanted(options, args)
  local id <const> = args[1] and data.id(args[1])
  if args[1] and not id then
    return nil, ('secret URI "%s" not valid'):format(args[1])
  elseif not id and not given(options.label) then
    return nil, "require either a secret URI or label"
  end
  return { id = id, label = given(options.label) }
end

M["secret-get"] = {
  since = SINCE,
  flags = {
    { "label" }, { "peek", bool = true }, { "refresh", bool = true },
  },
  format = "yaml",
  formats = FORMATS,
  args = 2,
  run = function(context, options, args)
    local name, message = wanted(options, args)
    if name and options.peek and options.refresh then
      message = "specify one of --peek or --refresh but not both"
    end
    if message then
      return nil, message, 2
    end
    local content, why =
      reading.get(context.secrets, name.id, name.label, options)
    if not content then
      return nil, why, 1
    elseif args[2] then
      return one_value(content, args[2])
    end
    local texts, wrong = reading.decode(content)
    if not texts then
      return nil, wrong, 1
    end
    return texts
  end,
}

local function shown(model, about)
  local access
  for i, one in ipairs(about.access) do
    local target, scope = secrets.tags(model, one)
    access = access or json.array()
    access[i] = { target = target, scope = scope, role = "view" }
  end
  return {
    revision = about.revision,
    label = about.label or "",
    owner = about.owner.kind,
    description = about.description,
    rotation = about.rotate,
    expiry = about.expire and times.rfc3339(about.expire),
    rotates = about.next_rotate and times.rfc3339(about.next_rotate),
    access = access,
  }
end

M["secret-info-get"] = {
  since = SINCE,
  flags = { { "label" } },
  format = "yaml",
  formats = FORMATS,
  args = 1,
  run = function(context, options, args)
    local name, message = wanted(options, args)
    if name and name.id and name.label then
      message = "specify either a secret URI or label but not both"
    end
    if message then
      return nil, message, 2
    end
    for id, about in names.each(context.secrets:metadata()) do
      if id == name.id or not name.id and about.label == name.label then
        return { [id] = shown(context.model, about) }
      end
    end
    return nil, ('secret "%s" not found'):format(name.id or name.label), 1
  end,
}

M["secret-ids"] = {
  since = SINCE,
  format = "yaml",
  formats = FORMATS,
  args = 0,
  run = function(context)
    local ids <const> = names.sorted(context.secrets:metadata())
    return #ids > 0 and json.array(ids) or null
  end,
}

return M
