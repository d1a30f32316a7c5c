-- SPDX-License-Identifier: Apache-2.0
-- Hook tools called in a run of the spec model's client/0, and what they
-- answer: `local run = hooktool_run.runner(hook)`, `local call = run()`.
local assert = require "luassert"
local hooktools = require "lab.hooktools"
local lab = require "tests.support.lab_model"

local M = {}

M.CONFIG = { kind = "config-changed", name = "config-changed" }

---@param default table the hook of a run that names none
---@return fun(hook: table?, model: table?): function, table, table
function M.runner(default)
  return function(hook, model)
    model = model or lab.related()
    local context = lab.context(model, "client/0", hook or default)
    local function call(command, ...)
      local args <const> = { ... }
      local stdin
      if type(args[#args]) == "table" then
        stdin = table.remove(args).stdin
      end
      return hooktools.run(context, {
        command = command, args = args, dir = "/charm",
        stdin_set = stdin ~= nil, stdin = stdin or "",
      })
    end
    return call, context, model
  end
end

---The standard output of a tool that must end well.
function M.out(result)
  assert.same({ 0, nil }, { result.code, result.stderr })
  return result.stdout or ""
end

---A tool must end with this code and say this alone.
function M.fails(code, message, result)
  assert.same({ code = code, stderr = "ERROR " .. message .. "\n" }, result)
end

return M
