-- SPDX-License-Identifier: Apache-2.0
-- The only door to Juju's hook tools: by the unit agent's socket where it can
-- be had, otherwise as programs. What was sent is never sent again by the
-- other way unless it only reads. Owns the connection; families of tools are
-- the other files of this folder.
local lazy = require "std.lazy"
local contexts = require "juju.context"
local exec = lazy "juju.doors.exec"
local failure = lazy "juju.failure"
local host_json = require "host.json"
local null = require "std.null"
local socket = require "juju.doors.socket"

local M = {}

local door
local ahead = {} ---what was asked ahead: name and arguments -> ticket
local told ---the last call, when its answer was not waited for

-- The reason for the slower way is said once, where the unit's log is read.
local function open_exec(why)
  door = exec.open()
  door:call("juju-log", { "--log-level", "DEBUG", "--",
    "running hook tools as programs: " .. why })
  return door
end

local function get_door()
  if not door then
    local why
    door, why = socket.open(contexts.read())
    if not door then
      open_exec(why)
    end
  end
  return door
end

--- Puts another door in place: specs and the test model have one.
---@param other? juju.Door nil: found out at the next call
---@return juju.Door? previous
function M.use(other)
  local previous = door
  door, ahead, told = other, {}, nil
  return previous
end

--- Gives the agent's connection back; the next call makes a new one.
function M.close()
  M.settle()
  if door then
    door:close()
    door, ahead = nil, {}
  end
end

--- How long one argument may be by the way that is in use.
---@return integer? bytes, nil for no limit
function M.max_argument()
  return get_door().max_argument
end

--- May others on the machine read the arguments of a call?
---@return boolean
function M.exposes_arguments()
  return get_door().exposes_arguments == true
end

local function refused_argument(args)
  local limit = M.max_argument()
  for _, arg in ipairs(args) do
    if limit and #arg > limit then
      return ("an argument of %d bytes is longer than a program may get (%d)")
        :format(#arg, limit)
    elseif arg:find("\0", 1, true) then
      return "an argument holds a NUL byte"
    end
  end
end

---@class juju.CallOptions
---@field stdin? string
---@field reads? boolean it changes nothing, so it may be asked twice
---@field tried? string for the error: "read the configuration"

local LOST <const> = {
  closed = true, timeout = true, EPIPE = true,
}

local function no_answer(name, tried, message, code)
  if LOST[code] then
    return failure.new(name, tried, message, "agent-gone")
  elseif code == "ENOENT" or code == "EACCES" then
    return failure.new(name, tried, "there is no hook tool " .. name,
      "unknown-tool", { code = code })
  end
  return failure.new(name, tried, message, "failed", { code = code })
end

local function outcome(name, args, tried, result, message, code)
  if not result then
    return nil, no_answer(name, tried, message, code)
  elseif result.code ~= 0 then
    return nil, failure.of_result(name, args, tried, result)
  end
  return result.stdout
end

local function is_lost(way, result, code)
  return not result and way.name == "socket" and code ~= "too-large"
end

-- The outcome of a call that is not asked again; a lost connection is closed.
local function conclude(way, call, result, message, code)
  if is_lost(way, result, code) then
    M.close()
  end
  return outcome(call.name, call.args, call.tried, result, message, code)
end

local function key_of(name, args)
  return name .. "\0" .. table.concat(args, "\0")
end

-- The answer to what was asked ahead, or to the call made now.
local function ask(way, name, args, stdin)
  local key = next(ahead) and key_of(name, args)
  local ticket = key and ahead[key]
  if ticket then
    ahead[key] = nil
    return way:receive(ticket)
  end
  return way:call(name, args, stdin)
end

--- Calls a hook tool. Secrets never go into its arguments.
---@param name string
---@param args string[]
---@param options? juju.CallOptions
---@return string? stdout
---@return std.Error? err of kind "hook-tool", with data.reason
function M.call(name, args, options)
  M.settle()
  options = options or {}
  local tried = options.tried or "run " .. name
  local way = get_door()
  local refused = refused_argument(args)
  if refused then
    return nil, failure.new(name, tried, refused, "usage")
  end
  local result, message, code = ask(way, name, args, options.stdin)
  if is_lost(way, result, code) then
    M.close()
    if options.reads then
      way = open_exec(message)
      local again = way:call(name, args, options.stdin)
      if not again then
        M.close()
      end
      result = again
    end
  end
  return outcome(name, args, tried, result, message, code)
end

--- Calls a hook tool whose answer nobody waits for: it is taken before the
--- next call is sent. By then the agent has worked while the charm did.
---@param name string
---@param args string[]
---@param tried string
---@param failed fun(err: std.Error) told of a failure, now or then
function M.tell(name, args, tried, failed)
  M.settle()
  local way = get_door()
  if not way.send or refused_argument(args) then
    local _, err = M.call(name, args, { tried = tried })
    return err and failed(err)
  end
  told = { way = way, name = name, args = args, tried = tried,
    failed = failed, sent = table.pack(way:send(name, args)) }
end

--- Takes the answer to the last call that M.tell made.
function M.settle()
  local call = told
  if not call then
    return
  end
  told = nil
  local way, ticket, message, code = call.way, table.unpack(call.sent, 1, 3)
  local result
  if ticket then
    result, message, code = way:receive(ticket)
  end
  local _, err = conclude(way, call, result, message, code)
  if err then
    call.failed(err)
  end
end

--- Asks now for what M.call will be asked with the same arguments: the agent
--- works on it meanwhile. For calls that only read. A failure shows then.
---@param name string
---@param args string[]
function M.ask_ahead(name, args)
  local way = get_door()
  if way.send then
    ahead[key_of(name, args)] = way:send(name, args)
  end
end

-- The results of calls that were all sent before the first answer is read.
local function sent_together(way, name, list)
  local tickets, results = {}, {}
  for i, args in ipairs(list) do
    tickets[i] = table.pack(way:send(name, args))
  end
  for i, ticket in ipairs(tickets) do
    results[i] = ticket[1] and table.pack(way:receive(ticket[1])) or ticket
  end
  return results
end

--- Calls a hook tool once with each of these arguments. The calls must not
--- depend on each other, their order is not kept.
---@param name string
---@param list string[][]
---@param tried string
---@return true?
---@return std.Error? err of the first one that failed
function M.call_each(name, list, tried)
  M.settle()
  local way = get_door()
  local together = way.send and sent_together(way, name, list)
  for i, args in ipairs(list) do
    local result, message, code
    if together then
      result, message, code = table.unpack(together[i], 1, 3)
    else
      result, message, code = way:call(name, args)
    end
    local _, err = conclude(way, { name = name, args = args, tried = tried },
      result, message, code)
    if err then
      return nil, err
    end
  end
  return true
end

--- Calls a hook tool that only reads and answers in JSON.
---@param name string
---@param args string[] `--format=json` among them
---@param want type what the value must be; null is taken for nothing of it
---@param tried? string
---@return any value nil for null
---@return std.Error? err
function M.read(name, args, want, tried)
  local stdout, err = M.call(name, args, { reads = true, tried = tried })
  if not stdout then
    return nil, err
  end
  local value, why = host_json.decode(stdout)
  if value == null then
    return nil
  elseif type(value) == want then
    return value
  end
  why = why or ("expected a %s, got a %s"):format(want, type(value))
  return nil, failure.new(name, tried or "run " .. name,
    ("cannot make sense of %s's answer: %s"):format(name, why), "failed")
end

return M
